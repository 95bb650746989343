"""Parsers for the values of settings. Each raises ValueError with a message that follows the variable's name."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from videoflix.rate import Rate

# The resolutions that films can be encoded in, by their labels, and the one that every film has.
LABELS = (240, 360, 480, 720, 1080, 1440, 2160)
MAIN_LABEL = 480
HARDWARE_ENCODERS = ("h264_nvenc", "h264_qsv", "h264_vaapi", "h264_videotoolbox")


def text(value: str) -> str:
    return value


def boolean(value: str) -> bool:
    match value.lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise ValueError("must be True or False")


def number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


def words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def storages(value: str) -> tuple[str, ...]:
    """`local` or `s3`, or both in the order in which they are used."""
    found = words(value.lower())
    if sorted(found) not in (["local"], ["s3"], ["local", "s3"]):
        raise ValueError("must be local or s3, or both while films are moved: s3,local or local,s3")
    return found


def ladder(value: str) -> tuple[int, ...]:
    """Labels of renditions, lowest first: `480,720` or `480p,720p`."""
    found = {word.lower().removesuffix("p") for word in words(value)}
    for each in found - set(map(str, LABELS)):
        raise ValueError(f"contains {each!r}; the resolutions are {', '.join(map(str, LABELS))}")
    if str(MAIN_LABEL) not in found:
        raise ValueError(f"must contain {MAIN_LABEL}: clients rely on {MAIN_LABEL}p, which every film has")
    return tuple(sorted(map(int, found)))


def origins(value: str) -> tuple[str, ...]:
    found = tuple(word.rstrip("/").lower() for word in words(value))
    for each in found:
        if not re.fullmatch(r"https?://[^/\s*?#@]+", each):
            raise ValueError(f"contains {each!r}, which is not an origin like https://films.example.org")
    return tuple(origin(each) for each in found)


def origins_or_sites(value: str) -> tuple[str, ...]:
    """Origins; https://*.example.org matches any subdomain."""
    any_subdomain = "any-subdomain."
    found = origins(value.replace("://*.", f"://{any_subdomain}"))
    return tuple(each.replace(f"://{any_subdomain}", "://*.") for each in found)


def origin(address: str) -> str:
    """The origin of a URL as browsers send it: without a default port, international names in ASCII.

    Raises ValueError.
    """
    parts = urlsplit(address)
    host, port = parts.hostname, parts.port
    if not host:
        raise ValueError(f"contains {address!r}, which has no host name")
    if not host.isascii():
        encoded = host.encode("idna")
        host = encoded.decode() if encoded.decode("idna") == host else host
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(word.lower() for word in words(value))
    for host in hosts:
        if not re.fullmatch(r"\*|\.?[a-z0-9_.-]+|\[[0-9a-f:.]+\]", host):
            raise ValueError(f"contains {host!r}, which is not a host name (write it without scheme and port)")
    return hosts


def choice(**choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        try:
            return choices[value.lower()]
        except KeyError:
            raise ValueError(f"must be one of {', '.join(choices)}") from None

    return parse


def only(word: str) -> Callable[[str], bool]:
    """Whether the value is this word; it may be empty."""

    def parse(value: str) -> bool:
        if value.lower() not in ("", word):
            raise ValueError(f"must be {word} or empty")
        return bool(value)

    return parse


def backend(value: str) -> str:
    found = re.fullmatch(r"(?i)(?:django\.core\.mail\.backends\.)?(console|smtp)(?:\.EmailBackend)?", value)
    if not found:
        raise ValueError("must be console or smtp (or the Django class path of one of them)")
    return found[1].lower()


def url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if urlsplit(value).scheme not in schemes:
            raise ValueError(f"must be an address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        return value.rstrip("/")

    return parse


def web_address(value: str) -> str:
    """An address that has an origin."""
    address = url("http", "https")(value)
    origin(address)
    return address


def cdn_address(value: str) -> str:
    """An address without a path, in normalised form; empty if there is none."""
    if not value:
        return ""
    if urlsplit(web_address(value)).path:
        raise ValueError("must be an address without a path, like https://cdn.example.org")
    return origin(value)


def store_address(value: str) -> str:
    """An address without a slash at its end; empty if there is none."""
    return web_address(value).rstrip("/") if value else ""


def key_prefix(value: str) -> str:
    """The beginning of keys, without slashes around it."""
    if not re.fullmatch(r"[A-Za-z0-9._/-]*", value):
        raise ValueError("may contain letters, digits and . _ - / only")
    return value.strip("/")


def time_zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (OSError, KeyError, ValueError):
        raise ValueError("must be a time zone like Europe/Berlin") from None


def rate(value: str) -> Rate:
    """`10/15m` is ten in 15 minutes, `off` is no limit."""
    if value.lower() == "off":
        return Rate(0, 0)
    found = re.fullmatch(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,4})?([smhd])", value, re.ASCII)
    if not found:
        raise ValueError("must be a rate like 10/15m (ten in 15 minutes; s, m, h or d), or off")
    return Rate(int(found[1]), int(found[2] or 1) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[3]])


def size(value: str) -> int:
    """`500M` or `2G` in bytes, with units of 1,000 as on the labels of disks."""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([KMGT]?)B?", value.upper(), re.ASCII)
    if not found:
        raise ValueError("must be a size like 500M or 2G (in bytes, or with K, M, G or T)")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2] or " "))


def proxies(value: str) -> tuple[str, ...]:
    """Addresses and networks in normalised form, and `unix` for clients of a Unix socket."""
    return tuple(word.lower() if word.lower() == "unix" else str(_network(word)) for word in words(value))


def _network(word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(word)
    except ValueError:
        raise ValueError(f"contains {word!r}, which is not an address, a network like 10.0.0.0/8, or unix") from None


def path(value: str) -> Path:
    return Path(value).expanduser().absolute()
