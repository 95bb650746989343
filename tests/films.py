"""Makes small films with ffmpeg, and reads films with ffprobe."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any


class Films:
    """Makes films, each once per test process. Tests must not change them."""

    def __init__(self, ffmpeg: str, ffprobe: str, folder: Path) -> None:
        self.ffmpeg, self.ffprobe, self.folder = ffmpeg, ffprobe, folder

    def make(
        self,
        name: str = "film.mp4",
        *,
        size: str = "320x180",
        rate: str = "25",
        seconds: float = 3,
        audio: bool = True,
        picture: str = "testsrc2",
        options: tuple[str, ...] = (),
    ) -> Path:
        key = (name, size, rate, str(seconds), str(audio), picture, *options)
        folder = self.folder / str(abs(hash(key)))
        film = folder / name
        if film.exists():
            return film
        folder.mkdir()
        sine = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}"] if audio else []
        codecs = CODECS[film.suffix]
        self.run(
            *("-f", "lavfi", "-i", f"{picture}=size={size}:rate={rate}:duration={seconds}", *sine),
            *codecs[0],
            *(codecs[1] if audio else ()),
            *(*options, str(film)),
        )
        return film

    def run(self, *arguments: str) -> bytes:
        done = subprocess.run(
            [self.ffmpeg, "-nostdin", "-v", "error", "-y", *arguments], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def probe(self, source: str, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [self.ffprobe, "-v", "error", "-print_format", "json", *arguments, source],
            capture_output=True,
            check=True,
        )
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def frames(self, source: Path) -> int:
        """The number of video frames of a film or a playlist, counted by decoding it."""
        report = self.probe(str(source), "-count_frames", "-select_streams", "v:0", "-show_streams")
        return int(report["streams"][0]["nb_read_frames"])

    def times(self, source: Path, stream: str = "v:0", *, key: bool = False) -> list[float]:
        """The sorted presentation times in seconds of the packets of a stream, or of its key frames only."""
        report = self.probe(str(source), "-select_streams", stream, "-show_packets")
        packets = [p for p in report["packets"] if not key or "K" in p["flags"]]
        return sorted(float(p["pts_time"]) for p in packets)

    def playlist(self, folder: Path, *, seconds: float = 6) -> Path:
        """A playlist of the published segments in a folder, for ffmpeg and ffprobe."""
        segments = sorted(file.name for file in folder.glob("*.ts"))
        lines = [f"#EXTINF:{seconds},\n{folder / name}" for name in segments]
        target = self.folder / f"{abs(hash(folder))}.m3u8"
        target.write_text("\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:9", *lines, "#EXT-X-ENDLIST", ""]))
        return target


CODECS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ".mp4": (("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"), ("-c:a", "aac")),
    ".mov": (("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"), ("-c:a", "aac")),
    ".mkv": (("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"), ("-c:a", "libmp3lame")),
    ".webm": (("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"), ("-c:a", "libopus")),
    ".avi": (("-c:v", "mpeg4"), ("-c:a", "libmp3lame")),
}


def expected_frames(rate: str, seconds: float) -> int:
    return round(Fraction(rate) * Fraction(seconds))
