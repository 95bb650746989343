"""The argument list that makes a film to try an installation with."""

from pathlib import Path

# The sky of the demo film, and a light that moves over it. A point outside of the picture would be a random one.
DUSK = (
    "n=4:c0=0x0b1026:c1=0x5b2a6e:c2=0xd9573f:c3=0xf6b65a:x0=240:y0=0:x1=240:y1=269:speed=0.00001",
    "n=3:c0=0x000000:c1=0x2a1c4a:c2=0x000000:speed=0.006:seed=7",
)
# Its sun: red, green and blue in its middle and half way to its edge, where it is black.
SUN = {"r": (0xFF, 0x7A), "g": (0xE2, 0x35), "b": (0xA0, 0x12)}
AWAY = "hypot(X-280\\,Y-200)/85"
# Its chord: pitches in Hz with their volumes, for the left and the right ear.
CHORD = (
    *(((110, 1), (110.3, 1)), ((164.8, 0.8), (164.8, 0.8))),
    *(((220, 0.6), (219.6, 0.6)), ((277.2, 0.3), (329.6, 0.3))),
)


def demo_film(ffmpeg: str, target: Path, size: str, seconds: int) -> list[str]:
    """A sky at dusk with a slow light and a chord, from ffmpeg's own sources. They are drawn small, which is quick
    and cannot be seen."""
    sky, light = (f"gradients=s=480x270:r=25:d={seconds}:{colours}" for colours in DUSK)
    glow = ":".join(f"{name}=max(0\\,max({m}-{m - h}*{AWAY}\\,{h}*(2-{AWAY})))" for name, (m, h) in SUN.items())
    sun = f"color=black:s=480x270:r=25:d=0.04,format=gbrp,geq={glow}"
    left, right = (
        "+".join(f"{volume}*sin(2*PI*{pitch}*t)" for pitch, volume in chord) for chord in zip(*CHORD, strict=True)
    )
    picture = f"[0][1]blend=all_mode=screen[a];[a][2]blend=all_mode=screen,scale={size},noise=alls=4:allf=t"
    sound = f"[3]tremolo=f=0.1:d=0.4,afade=t=in:d=3,afade=t=out:st={max(0, seconds - 4)}:d=4[s]"
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1"),
        *("-f", "lavfi", "-i", sky, "-f", "lavfi", "-i", sun, "-f", "lavfi", "-i", light),
        *("-f", "lavfi", "-i", f"aevalsrc='0.1*({left})|0.1*({right})':s=48000:d={seconds}"),
        *("-filter_complex", f"{picture},format=yuv420p[v];{sound}", "-map", "[v]", "-map", "[s]"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-g", "50"),
        *("-c:a", "aac", "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]
