"""The names of everything that is stored: paths in the media folder, and keys of objects.

originals/<video>                       the original, as it was added
films/<video>/<version>/480p/000.ts     a segment
films/<video>/<version>/audio/1/000.aac an audio segment; those of track 0 are removed when the film is complete
films/<video>/<version>/thumbnail.jpg   the first revision of the thumbnail; later ones are thumbnail-2.jpg, …, and
                                        thumbnail.320.jpg is the same in another width
films/<video>/<version>/candidates/     0.jpg, …: frames to choose a thumbnail from
films/<video>/<version>/storyboard/     000.jpg, …, and cues.vtt, which maps times to regions of these sheets
films/<video>/picture                   an uploaded image that thumbnails are scaled from; it is never served itself
uploads/<id>                            the received part of an upload; when complete, it becomes an original

They consist of numbers, ids and names of ours: nothing that a user supplied becomes part of one.
"""

import re
from uuid import UUID

ORIGINALS, FILMS, UPLOADS = "originals", "films", "uploads"
CUES = "cues.vtt"
# The Cache-Control of published files, which never change.
IMMUTABLE = "private, max-age=31536000, immutable"

SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.ts", re.ASCII)
AUDIO_SEGMENT = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,4})\.aac", re.ASCII)
# The widths of a thumbnail in pixels. The one in the middle always exists.
THUMBNAIL_WIDTH = 640
THUMBNAIL_WIDTHS = (320, THUMBNAIL_WIDTH, 1280)


def segment_name(number: int) -> str:
    return f"{number:03d}.ts"


def segment_number(name: str) -> int:
    """The number of a segment, from a name that matches SEGMENT."""
    return int(name.removesuffix(".ts"))


def audio_segment_name(number: int) -> str:
    return f"{number:03d}.aac"


def thumbnail_name(revision: int = 1, width: int = THUMBNAIL_WIDTH) -> str:
    """`thumbnail.jpg` for the first revision, `thumbnail.320.jpg` in another width; `thumbnail-2.jpg` is next."""
    number = f"-{revision}" if revision > 1 else ""
    scale = f".{width}" if width != THUMBNAIL_WIDTH else ""
    return f"thumbnail{number}{scale}.jpg"


def thumbnail_widths(widest: int) -> list[int]:
    """In which widths a thumbnail is stored that is `widest` pixels wide in its largest; none is enlarged, so a file
    may be narrower than its name says."""
    return [width for width in THUMBNAIL_WIDTHS if width == THUMBNAIL_WIDTH or widest > min(width, THUMBNAIL_WIDTH)]


def original(video_id: int) -> str:
    return f"{ORIGINALS}/{video_id}"


def upload(upload_id: UUID) -> str:
    return f"{UPLOADS}/{upload_id}"


def film(video_id: int) -> str:
    return f"{FILMS}/{video_id}"


def of_video(video_id: int) -> tuple[str, str]:
    """Everything that is stored of a video: its original, and the folder of its film."""
    return original(video_id), film(video_id)


def version(video_id: int, number: int) -> str:
    return f"{FILMS}/{video_id}/{number}"


def rendition(video_id: int, version: int, label: int) -> str:
    return f"{FILMS}/{video_id}/{version}/{label}p"


def segment(video_id: int, version: int, label: int, number: int) -> str:
    return f"{rendition(video_id, version, label)}/{segment_name(number)}"


def audio(video_id: int, version: int, track: int) -> str:
    return f"{FILMS}/{video_id}/{version}/audio/{track}"


def audio_segment(video_id: int, version: int, track: int, number: int) -> str:
    return f"{audio(video_id, version, track)}/{audio_segment_name(number)}"


def thumbnail(video_id: int, version: int, revision: int = 1, width: int = THUMBNAIL_WIDTH) -> str:
    return f"{FILMS}/{video_id}/{version}/{thumbnail_name(revision, width)}"


def candidates(video_id: int, version: int) -> str:
    return f"{FILMS}/{video_id}/{version}/candidates"


def candidate(video_id: int, version: int, number: int) -> str:
    return f"{candidates(video_id, version)}/{number}.jpg"


def thumbnail_source(video_id: int) -> str:
    return f"{FILMS}/{video_id}/picture"


def storyboard(video_id: int, version: int) -> str:
    return f"{FILMS}/{video_id}/{version}/storyboard"


def storyboard_cues(video_id: int, version: int) -> str:
    return f"{storyboard(video_id, version)}/{CUES}"


def last(name: str) -> str:
    """What follows the last slash."""
    return name.rpartition("/")[2]


def below_films(name: str) -> str:
    """The name of a published file without `films/`, as it is passed to nginx."""
    return name.removeprefix(f"{FILMS}/")
