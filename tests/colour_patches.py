"""Films with four patches of colour, and a reader for these colours."""

from pathlib import Path

from tests.films import Films

RED, GREEN, BLUE, BROWN = (240, 16, 16), (16, 220, 32), (24, 24, 230), (180, 120, 60)
PATCHES = (RED, GREEN, BLUE, BROWN)
TAGS = {"color_space": "bt709", "color_transfer": "bt709", "color_primaries": "bt709", "color_range": "tv"}

Pixel = tuple[int, int, int]


def patches(size: str) -> str:
    """A video source for ffmpeg: the four patches side by side, as RGB."""
    width, height = size.split("x")
    parts = ";".join(
        f"color=0x{bytes(patch).hex()}:size={int(width) // 4}x{height}:rate=25:duration=0.2,format=rgb24[{number}]"
        for number, patch in enumerate(PATCHES)
    )
    return f"{parts};[0][1][2][3]hstack=4"


def pixels(films: Films, film: Path, matrix: str) -> list[Pixel]:
    """The colour in the middle of each patch of the first frame, decoded with a colour matrix."""
    view = f"scale=in_color_matrix={matrix},format=gbrp,scale=12:3:flags=area,format=rgb24"
    content = films.run("-i", str(film), "-frames:v", "1", "-vf", view, "-f", "rawvideo", "pipe:1")
    return [(content[at], content[at + 1], content[at + 2]) for at in range(39, 72, 9)]


def distance(seen: list[Pixel], wanted: tuple[Pixel, ...] = PATCHES) -> int:
    return max(abs(a - b) for one, other in zip(seen, wanted, strict=True) for a, b in zip(one, other, strict=True))
