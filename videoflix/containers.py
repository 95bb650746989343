"""Tells from the first bytes of a file whether it may be a film. What surely is none is refused by its name."""

import re

# So many bytes are enough, if the file has them.
HEAD_BYTES = 4096

# How files begin that ffmpeg may be given (DEMUXERS in ffmpeg.command), but for the packets of MPEG.
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
# The packets of a transport stream, plain, with a time stamp before each (M2TS), or with a checksum after it.
PACKETS = ((0, 188), (4, 192), (0, 204))

# A picture that may stand for a film: JPEG, PNG, WebP.
PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF.{4}WEBP", re.DOTALL)
MOST_PICTURE_BYTES = 10 * 1024 * 1024

OTHERS = (
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a zip archive or a document"),
    (rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ\x00|\x28\xb5\x2f\xfd", "an archive"),
    (rb".{257}ustar", "an archive"),
    (rb"%PDF-|\{\\rtf|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document"),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|II\*\x00|MM\x00\*|8BPS", "a picture"),
    (rb"....ftyp(?:heic|heix|mif1|avif)", "a picture"),
    (rb"ID3|fLaC|RIFF....WAVE|FORM....AIF[FC]|\xff[\xfb\xf3\xf2]", "a sound file"),
    (rb"\x7fELF|MZ|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|#!", "a program"),
    (rb"SQLite format 3\x00", "a database"),
    (rb"\x00+\Z", "nothing but zeros"),
)
NAMES = [(re.compile(begin, re.DOTALL), name) for begin, name in OTHERS]


def refusal(head: bytes) -> str | None:
    """Why this cannot become a film; None if it may, as far as its first bytes tell."""
    for begin, name in NAMES:
        if begin.match(head):
            return f"This is {name}, and no film."
    if is_film(head):
        return None
    return "This is text, and no film." if _is_text(head) else None


def is_film(head: bytes) -> bool:
    """Whether a file that begins like this is of a kind that films have."""
    if FILM.match(head):
        return True
    return any(head[first : first + 3 * size : size] == b"GGG" for first, size in PACKETS)


def _is_text(head: bytes) -> bool:
    """In UTF-8, of which the last letter may be cut off, or in UTF-16 that says so."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as wrong:
        return wrong.reason == "unexpected end of data" and wrong.start >= len(head) - 3
    return True
