"""The argument list that makes a film to try an installation with."""

from pathlib import Path


def demo_film(ffmpeg: str, target: Path, size: str, seconds: int) -> list[str]:
    """A moving test pattern with a clock and a beep every second, from ffmpeg's own sources."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1"),
        *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=330:beep_factor=4:sample_rate=48000:duration={seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-g", "60"),
        *("-c:a", "aac", "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]
