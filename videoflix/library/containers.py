"""Recognises from the first bytes of a file whether it may be a film, and names what it is otherwise."""

import re

# Bytes that are enough to recognise nearly every kind of file, and all of them.
HEAD_BYTES = 4096
LONG_HEAD_BYTES = 64 * 1024

# How the containers begin that ffmpeg may open (DEMUXERS in encoding.inputs), apart from MPEG packets.
FILM = re.compile(
    rb"\x1a\x45\xdf\xa3"  # Matroska, WebM
    rb"|....(?:ftyp|moov|mdat|free|skip|wide|pnot|styp|sidx|moof|udta|uuid)"  # MP4, QuickTime
    rb"|RIFF....AVI |FLV|OggS|DKIF|GIF8[79]a|\.RMF|\x1f\x07\x00|nut/multimedia"
    rb"|\x30\x26\xb2\x75\x8e\x66\xcf\x11"  # ASF, WMV
    rb"|\xb7\xd8\x00\x20\x37\x49\xda\x11"  # WTV
    rb"|\x06\x0e\x2b\x34\x02\x05\x01\x01"  # MXF
    rb"|\x00\x00\x01\xba",  # MPEG program stream
    re.DOTALL,
)
# The packets of a transport stream: plain, with a time stamp before each (M2TS), or with a checksum after each.
PACKETS = ((0, 188), (4, 192), (0, 204))

# Image formats that are accepted as a thumbnail: JPEG, PNG, WebP.
PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF.{4}WEBP", re.DOTALL)
MAX_IMAGE_BYTES = 10 * 1024 * 1024

AUDIO_FILE, IMAGE_FILE, RAW_STREAM = "an audio file", "an image", "a raw video stream"
DISC_IMAGE = "a disc image"
# Additions to the message.
ADVICE = {
    AUDIO_FILE: "It has no video.",
    RAW_STREAM: "It has no container and so no time stamps. To give it one: ffmpeg -i FILE -c copy FILM.mkv",
    DISC_IMAGE: "Please extract the films from it first.",
    "a torrent": "It only says where to download a film.",
    "a playlist": "It only says where a film is.",
}

OTHERS = (
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a zip archive or a document"),
    (rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ\x00|\x28\xb5\x2f\xfd", "an archive"),
    (rb"\x04\x22\x4d\x18|.{257}ustar|MSCF\x00|!<arch>\n|\xed\xab\xee\xdb|..-lh[0-7]-|\x1f[\x9d\xa0]", "an archive"),
    (rb"%PDF-|%!PS|\{\\rtf|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|AT&TFORM|.{60}BOOKMOBI|ITSF", "a document"),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|II\*\x00|MM\x00\*|II\xbc|8BPS|BM....\x00{4}", IMAGE_FILE),
    (rb"....ftyp(?:hei[cxms]|hev[cmsx]|mif1|msf1|miaf|avi[fs]|avci|jxl |crx )", IMAGE_FILE),
    (rb"\x00\x00\x00\x0c(?:jP  |JXL )|\xff\x4f\xff\x51|\xff\x0a|\x76\x2f\x31\x01|SDPX|XPDS|qoif", IMAGE_FILE),
    (rb"\x00\x00[\x01\x02]\x00[\x01-\x20]\x00|IIRO|FUJIFILMCCD|P[1-7]\s[\s\d#W]|DDS |#\?RADIANCE", IMAGE_FILE),
    (rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]", IMAGE_FILE),
    (rb"#!AMR|#!SILK|ID3|fLaC|(?:RIFF|RF64|BW64)....WAVE|riff\x2e\x91|FORM....(?:AIF[FC]|8SVX)", AUDIO_FILE),
    (rb"\.snd\x00|caff\x00|MAC .[\x0e-\x10]|wvpk|TTA[12]|tBaK|MThd\x00|DSD \x1c|FRM8|ADIF|MPCK|MP\+", AUDIO_FILE),
    (rb"Creative Voice File|OFR |\x0b\x77|\x77\x0b|....\xf8\x72\x6f[\xba\xbb]|\xac\x40|\x56[\xe0-\xff]", AUDIO_FILE),
    (rb"\x7f\xfe\x80\x01|\xfe\x7f\x01\x80|\x1f\xff\xe8\x00|\xff\x1f\x00\xe8|\x64\x58\x20\x25|DTSHDHDR", AUDIO_FILE),
    # MPEG audio with a valid rate, and AAC in ADTS; \xff\xfe is how UTF-16 begins
    (rb"\xff(?:[\xe2-\xe7\xf2-\xf7\xfa-\xfd][\x10-\xef]|[\xf0\xf1\xf8\xf9])", AUDIO_FILE),
    (rb"\x00?\x00\x00\x01(?![a-z]{4})[\x00-\xb9]|YUV4MPEG2|\x12\x00\x0a[\x01-\x40]", RAW_STREAM),
    (rb"\x7fELF|MZ|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|#!|\x00asm|dex\n|[FCZ]WS[\x01-\x30]", "a program"),
    (rb"SQLite format 3\x00|\x00\x01\x00\x00Standard (?:Jet|ACE)", "a database"),
    (rb".{32769}(?:CD001|BEA01)|.{512}EFI PART|\x00\xff{10}\x00|KDMV|QFI\xfb|conectix", DISC_IMAGE),
    (rb"d\d{1,2}:(?:announce|comment|created by|creation date|encoding|info|url-list)", "a torrent"),
    (rb"\s*#EXTM3U|\s*(?:<\?xml[^>]*>\s*)?<(?:MPD|SmoothStreamingMedia|smil)[\s>]|\[playlist\]", "a playlist"),
    (rb"\x00{40000}\x00*\Z", "a file of zeros"),
)
NAMES = [(re.compile(begin, re.DOTALL), name) for begin, name in OTHERS]


def refusal(head: bytes) -> str | None:
    """Why this cannot become a film; None if it may, as far as the first bytes show."""
    for begin, name in NAMES:
        if begin.match(head):
            return no_film(name)
    if is_film(head):
        return None
    return no_film("text") if _is_text(head) else None


def no_film(name: str) -> str:
    """The message for a file of another kind."""
    return " ".join([f"This is {name}, not a film.", *([ADVICE[name]] if name in ADVICE else [])])


def is_film(head: bytes) -> bool:
    """Whether a file that begins like this is in a container that films use."""
    if FILM.match(head):
        return True
    return any(head[first : first + 3 * size : size] == b"GGG" for first, size in PACKETS)


def _is_text(head: bytes) -> bool:
    """Whether it is text: UTF-8, of which the last character may be cut off, or UTF-16 with a byte order mark."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as wrong:
        return wrong.reason == "unexpected end of data" and wrong.start >= len(head) - 3
    return True
