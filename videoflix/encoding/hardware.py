"""The hardware encoders of ffmpeg: where their devices are, and the options with which they do what x264 does.

All of them make a key frame where a group of pictures begins and nowhere else. Each is an IDR frame, which a segment
can begin with. None uses B-frames, because what these delay differs between devices.
"""

import sys
from pathlib import Path

from msgspec import Struct

DEVICES = Path("/dev")
RENDER_NODES = "dri/renderD*"


class Hardware(Struct, frozen=True, kw_only=True):
    """A hardware encoder.

    `devices` is a pattern for its files in /dev, of which one has to exist; empty if it needs none and `system` has
    it. `device_option` takes the first of them. `upload` are filters that take a picture to the device. `quality` is
    the option for the quality on x264's scale (0 best, 51 worst); with `counts_up` it is a percentage, and 100 is
    best. `aim` is the rate that is aimed at, as a part of the ceiling: at the ceiling itself it would be kept all the
    time, whatever the quality. `has_level_names` says whether a level is given as 4.0, and not as 40.
    """

    devices: str = ""
    system: str = "linux"
    device_option: str = ""
    upload: str = ""
    quality: str = "-global_quality"
    counts_up: bool = False
    aim: float = 0.75
    has_level_names: bool = False
    options: tuple[str, ...]

    @property
    def is_present(self) -> bool:
        """Whether this machine has a device for it, as far as that can be told without trying."""
        return sys.platform == self.system and (not self.devices or any(DEVICES.glob(self.devices)))

    @property
    def device_options(self) -> tuple[str, ...]:
        """Options that come before the inputs."""
        if not self.device_option:
            return ()
        found = sorted(DEVICES.glob(self.devices)) or [DEVICES / self.devices.replace("*", "128")]
        return (self.device_option, str(found[0]))

    def rate_control(self, crf: int, most: int, buffered: int) -> tuple[str, ...]:
        """Options for a quality with a ceiling and a buffer, in kbit/s and kbit."""
        quality = max(1, round(100 * (1 - crf / 51)) if self.counts_up else crf)  # 0 would be "automatic"
        aim = round(self.aim * most)
        return (self.quality, str(quality), "-b:v", f"{aim}k", "-maxrate", f"{most}k", "-bufsize", f"{buffered}k")

    def level(self, name: str) -> str:
        """A level as this encoder takes it."""
        return name if self.has_level_names else name.replace(".", "")


# In the order in which they are tried.
HARDWARE = {
    "h264_nvenc": Hardware(
        devices="nvidia[0-9]*",
        quality="-cq",
        aim=0,  # as it asks for with this quality
        options=(
            *("-preset", "p5", "-tune", "hq", "-rc", "vbr", "-spatial-aq", "1"),
            *("-forced-idr", "1", "-no-scenecut", "1", "-strict_gop", "1"),
        ),
    ),
    # a ceiling besides the quality selects its mode QVBR
    "h264_qsv": Hardware(
        devices=RENDER_NODES,
        options=("-preset", "medium", "-forced_idr", "1", "-idr_interval", "0", "-pix_fmt", "nv12"),
    ),
    "h264_vaapi": Hardware(
        devices=RENDER_NODES,
        device_option="-vaapi_device",
        upload="format=nv12,hwupload",
        options=("-rc_mode", "QVBR", "-idr_interval", "0"),
    ),
    "h264_videotoolbox": Hardware(
        system="darwin",
        quality="-q:v",
        counts_up=True,
        has_level_names=True,
        options=("-allow_sw", "0", "-realtime", "0", "-pix_fmt", "nv12"),
    ),
}
