"""What a proxy in front of us tells of the client: believed if it is trusted (TRUSTED_PROXIES), else ignored."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web
from aiohttp.hdrs import HOST as HOST_HEADER

from videoflix.http.resources import SETTINGS

# A longer list is nobody's honest chain of proxies.
MAX_LETTERS, MAX_HOPS = 2000, 20
HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def address(request: web.Request) -> str:
    """Where the client is; empty if it comes through a socket file and nobody tells."""
    peer = request.remote or ""
    if not _comes_from_a_proxy(request):
        return peer
    told = ",".join(request.headers.getall("X-Forwarded-For", ()))
    return client(peer, told, request.app[SETTINGS].trusted_proxies)


def host(request: web.Request) -> str:
    """The name, with its port, that the client called us by; it has yet to be compared with ours."""
    told = _told(request, "X-Forwarded-Host")
    return told if told and HOST.fullmatch(told) else request.headers.get(HOST_HEADER, "")


def base_url(request: web.Request) -> str:
    """The address that the client used for this server."""
    return f"{scheme(request)}://{host(request)}"


def scheme(request: web.Request) -> str:
    """Whether the client came over http or https."""
    told = _told(request, "X-Forwarded-Proto").lower()
    return told if told in ("http", "https") else request.scheme


def request_id(request: web.Request) -> str:
    """The one that a proxy has given it already; empty if there is none."""
    told = _told(request, "X-Request-ID")
    return told if REQUEST_ID.fullmatch(told) else ""


def client(peer: str, told: str, trusted: tuple[str, ...]) -> str:
    """The hop nearest to us that is no proxy of ours. Every proxy appends whom it has heard: what stands to the
    left of that hop was told by a stranger."""
    nearest = peer
    if len(told) > MAX_LETTERS:
        return nearest
    for word in told.split(",")[: -MAX_HOPS - 1 : -1]:
        hop = _address(word.strip())
        if hop is None:
            break
        nearest = str(hop)
        if not is_trusted(nearest, trusted):
            break
    return nearest


@lru_cache(maxsize=1024)
def is_trusted(peer: str, trusted: tuple[str, ...]) -> bool:
    """Whether a peer is one of the addresses and networks; without an address it came through a socket file."""
    if not peer:
        return "unix" in trusted
    found = _address(peer)
    return found is not None and any(found in ip_network(each) for each in trusted if each != "unix")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, also with a port as some proxies write it; IPv4 inside of IPv6 is IPv4."""
    found = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}", text, re.ASCII)
    try:
        parsed = ip_address((found[1] or found[2]) if found else text.partition("%")[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def _comes_from_a_proxy(request: web.Request) -> bool:
    """Of a connection that broke before we could ask it has no peer: that is not the empty one of a socket file."""
    trusted = request.app[SETTINGS].trusted_proxies
    return bool(trusted) and request.remote is not None and is_trusted(request.remote, trusted)


def _told(request: web.Request, header: str) -> str:
    """The one value of a header of a trusted proxy. Several are none: the first may be the client's own."""
    if not _comes_from_a_proxy(request):
        return ""
    told = request.headers.getall(header, ())
    return told[0].strip() if len(told) == 1 else ""
