"""Parsers for the values of settings: they take text, and a ValueError says what is wrong with it."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from videoflix.rate import Rate


def text(value: str) -> str:
    return value


def boolean(value: str) -> bool:
    match value.lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise ValueError("is neither True nor False")


def number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not least <= int(value) <= most:
            raise ValueError(f"is no whole number from {least} to {most}")
        return int(value)

    return parse


def words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def origins(value: str) -> tuple[str, ...]:
    found = tuple(word.rstrip("/").lower() for word in words(value))
    for each in found:
        if not re.fullmatch(r"https?://[^/\s*?#@]+", each):
            raise ValueError(f"holds {each!r}, which is no origin such as https://films.example.org")
    return tuple(origin(each) for each in found)


def origins_or_sites(value: str) -> tuple[str, ...]:
    """Origins, also with a star for any subdomain, as in https://*.example.org."""
    any_subdomain = "any-subdomain."
    found = origins(value.replace("://*.", f"://{any_subdomain}"))
    return tuple(each.replace(f"://{any_subdomain}", "://*.") for each in found)


def origin(address: str) -> str:
    """The origin of a web address as browsers write it: no default port, an international name in ASCII.

    Raises ValueError.
    """
    parts = urlsplit(address)
    host, port = parts.hostname, parts.port
    if not host:
        raise ValueError(f"holds {address!r}, which names no host")
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
            raise ValueError(f"holds {host!r}, which is no host name (no scheme, no port)")
    return hosts


def choice(**choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        try:
            return choices[value.lower()]
        except KeyError:
            raise ValueError(f"is none of {', '.join(choices)}") from None

    return parse


def backend(value: str) -> str:
    found = re.fullmatch(r"(?i)(?:django\.core\.mail\.backends\.)?(console|smtp)(?:\.EmailBackend)?", value)
    if not found:
        raise ValueError("is neither console nor smtp (nor one of the two Django class paths)")
    return found[1].lower()


def url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if urlsplit(value).scheme not in schemes:
            raise ValueError(f"is no address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        return value.rstrip("/")

    return parse


def time_zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (OSError, KeyError, ValueError):
        raise ValueError("is no time zone such as Europe/Berlin") from None


def rate(value: str) -> Rate:
    """As in 10/15m: ten in fifteen minutes; off for no limit."""
    if value.lower() == "off":
        return Rate(0, 0)
    found = re.fullmatch(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,4})?([smhd])", value, re.ASCII)
    if not found:
        raise ValueError("is no rate such as 10/15m (ten in fifteen minutes; s, m, h, d), and not off")
    return Rate(int(found[1]), int(found[2] or 1) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[3]])


def size(value: str) -> int:
    """As in 500M or 2G: bytes, in thousands as disks are sold by; 0 for none."""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([KMGT]?)B?", value.upper(), re.ASCII)
    if not found:
        raise ValueError("is no size such as 500M or 2G (bytes, or K, M, G, T)")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2] or " "))


def proxies(value: str) -> tuple[str, ...]:
    """Addresses and networks in their normal form, and `unix` for whoever comes through a socket file."""
    return tuple(word.lower() if word.lower() == "unix" else str(_network(word)) for word in words(value))


def _network(word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(word)
    except ValueError:
        raise ValueError(
            f"holds {word!r}, which is no address, no network such as 10.0.0.0/8, and not unix"
        ) from None


def path(value: str) -> Path:
    return Path(value).expanduser().absolute()
