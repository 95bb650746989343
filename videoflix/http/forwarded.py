"""The address, host and scheme of the client, from the X-Forwarded headers of trusted proxies (TRUSTED_PROXIES)."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web
from aiohttp.hdrs import HOST as HOST_HEADER
from aiohttp.hdrs import X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO
from multidict import istr

from videoflix.http.resources import SETTINGS

X_REQUEST_ID = istr("X-Request-ID")
# Real chains of proxies are shorter.
MAX_LENGTH, MAX_HOPS = 2000, 20
HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def address(request: web.Request) -> str:
    """The IP address of the client; empty for a Unix socket without X-Forwarded-For."""
    peer = request.remote or ""
    if not _is_from_proxy(request):
        return peer
    forwarded_for = ",".join(request.headers.getall(X_FORWARDED_FOR, ()))
    return client_address(peer, forwarded_for, request.app[SETTINGS].trusted_proxies)


def host(request: web.Request) -> str:
    """The host and port in the URL of the client, not yet compared with ALLOWED_HOSTS."""
    forwarded = _header(request, X_FORWARDED_HOST)
    return forwarded if forwarded and HOST.fullmatch(forwarded) else request.headers.get(HOST_HEADER, "")


def base_url(request: web.Request) -> str:
    """The scheme, host and port of this server in the URL of the client."""
    return f"{scheme(request)}://{host(request)}"


def scheme(request: web.Request) -> str:
    """`http` or `https`, as the client connected."""
    forwarded = _header(request, X_FORWARDED_PROTO)
    return forwarded.lower() if forwarded and forwarded.lower() in ("http", "https") else request.scheme


def request_id(request: web.Request) -> str:
    """The request id that a proxy has set; empty if there is none."""
    forwarded = _header(request, X_REQUEST_ID)
    return forwarded if forwarded and REQUEST_ID.fullmatch(forwarded) else ""


def network(address: str) -> str:
    """What rate limits count for an address: itself, or the /64 of an IPv6 address, as a client has all of it."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


def client_address(peer: str, forwarded_for: str, trusted: tuple[str, ...]) -> str:
    """The last hop of X-Forwarded-For that is not a trusted proxy.

    Every proxy appends the address that it was called from, so anything to the left of that hop may be forged.
    """
    nearest = peer
    if len(forwarded_for) > MAX_LENGTH:
        return nearest
    for text in forwarded_for.split(",")[: -MAX_HOPS - 1 : -1]:
        hop = _parse_address(text.strip())
        if hop is None:
            break
        nearest = str(hop)
        if not is_trusted(nearest, trusted):
            break
    return nearest


@lru_cache(maxsize=1024)
def is_trusted(peer: str, trusted: tuple[str, ...]) -> bool:
    """Whether a peer is in one of the trusted networks; a peer without an address came through a Unix socket."""
    if not peer:
        return "unix" in trusted
    found = _parse_address(peer)
    return found is not None and any(found in ip_network(each) for each in trusted if each != "unix")


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address with an optional port, as some proxies write it. IPv4-mapped IPv6 becomes IPv4."""
    found = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}", text, re.ASCII)
    try:
        parsed = ip_address((found[1] or found[2]) if found else text.partition("%")[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def _is_from_proxy(request: web.Request) -> bool:
    """Whether the peer is trusted. `remote` is None after a disconnect, and empty for a Unix socket."""
    trusted = request.app[SETTINGS].trusted_proxies
    return bool(trusted) and request.remote is not None and is_trusted(request.remote, trusted)


def _header(request: web.Request, name: str) -> str:
    """A header that a trusted proxy has set. Several headers are ignored, as the first may be the client's."""
    if name not in request.headers:
        return ""
    values = request.headers.getall(name)
    return values[0].strip() if len(values) == 1 and _is_from_proxy(request) else ""
