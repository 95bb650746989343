"""Names the devices of sessions, from the User-Agent header of their browsers."""

import re

from msgspec import Struct

# The first that matches decides: most browsers also name those that they descend from.
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Vivaldi", r"Vivaldi/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(?:e|ium)/|CriOS/"),
    ("Safari", r"Safari/|AppleCoreMedia"),
    ("VLC", r"VLC/"),
    ("ffmpeg", r"Lavf/"),
    ("Kodi", r"Kodi/"),
)
SYSTEMS = (
    ("Android TV", r"Android.*\bTV\b|AFT[A-Z]|BRAVIA"),
    ("Samsung TV", r"Tizen|SMART-TV"),
    ("LG TV", r"Web0S|webOS"),
    ("Chromecast", r"CrKey"),
    ("Apple TV", r"Apple ?TV"),
    ("Xbox", r"Xbox"),
    ("PlayStation", r"PlayStation"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)
PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,29}", re.ASCII)


class Device(Struct, frozen=True):
    """A browser or program, and the system it runs on; None if unknown."""

    browser: str | None
    system: str | None

    @property
    def name(self) -> str:
        """Like `Firefox on Windows`."""
        if self.browser and self.system:
            return f"{self.browser} on {self.system}"
        return self.browser or self.system or "Unknown device"


def device(user_agent: str) -> Device:
    """A program that is no browser has the name that it gives itself first."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    product = PRODUCT.match(user_agent)
    if browser is None and product and product[0] != "Mozilla":
        browser = product[0]
    return Device(browser, system)


def _first(patterns: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for name, pattern in patterns if re.search(pattern, text)), None)
