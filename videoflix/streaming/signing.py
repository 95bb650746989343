"""Signs addresses at a CDN. One signature is valid for every segment of a version of a film, and a CDN checks it by
itself: it knows the key, the folder, the session and the time until which the address is valid.

The signature is a part of the path, so that nothing has to be appended to each name.
"""

import hmac
import math
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import md5
from urllib.parse import quote
from uuid import UUID

from msgspec import Struct

from videoflix.settings import Settings

# How long a viewer may pause, in seconds. Players load the playlist of a complete film once, and never again.
PAUSES = 2 * 3600

# What stands before the folder in the path of a signed address, by the key, the folder, the time until which it is
# valid in Unix seconds, and the session.
Sign = Callable[[str, str, int, str], str]


class SignedFolder(Struct, frozen=True):
    """The address of a folder, with `/` at the end, and since when addresses are signed like that."""

    address: str
    signed_at: datetime


class Signer:
    """Signs folders of films for sessions. `url` is the CDN's, `lifetime` in seconds."""

    def __init__(self, url: str, key: str, sign: Sign, lifetime: int) -> None:
        self._url = url
        self._key = key
        self._sign = sign
        self._lifetime = lifetime

    def folder(self, path: str, duration: float, session: UUID, now: float) -> SignedFolder:
        """A folder like `/7/1/`, that of a version of a film. `duration` is that of a complete film in seconds, and 0
        if the film is still growing: players then load its playlist every few seconds.

        The address changes only every half of the lifetime: a player that loads the playlist again finds segments in
        the browser's cache.
        """
        step = self._lifetime // 2
        signed_at = int(now) // step * step
        expires = signed_at + self._lifetime + (math.ceil(duration) + PAUSES if duration else 0)
        address = self._url + self._sign(self._key, path, expires, session.hex) + path
        return SignedFolder(address, datetime.fromtimestamp(signed_at, UTC))


def sign_for_nginx(key: str, folder: str, expires: int, session: str) -> str:
    """`/<expires>-<session>-<signature>`, as `deploy/cdn.conf.template` checks it.

    The signature is that of `secure_link_md5`: MD5, which nginx has nothing better for, in Base64 for URLs without
    padding (https://nginx.org/en/docs/http/ngx_http_secure_link_module.html). The key stands at the end, so that
    nobody can append to what was signed.
    """
    digest = md5(f"{expires}{folder} {session} {key}".encode())  # noqa: S324
    return f"/{expires}-{session}-{_base64(digest.digest())}"


def sign_for_bunny(key: str, folder: str, expires: int, session: str) -> str:
    """`/bcdn_token=…&session=…&token_path=…&expires=…`: a directory token of bunny.net. The session is a parameter of
    ours, and signed like theirs."""
    parameters = {"session": session, "token_path": folder}
    told = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"/bcdn_token={bunny_token(key, folder, expires, parameters)}&{told}&expires={expires}"


def bunny_token(key: str, path: str, expires: int, parameters: Mapping[str, str]) -> str:
    """HMAC-SHA256 of the path, the time and the parameters, which are in the order of their names. They call it
    advanced token authentication (https://docs.bunny.net/docs/cdn-token-authentication, and in code
    https://github.com/BunnyWay/BunnyCDN.TokenAuthentication)."""
    message = f"{path}{expires}" + "&".join(f"{name}={value}" for name, value in parameters.items())
    return "HS256-" + _base64(hmac.digest(key.encode(), message.encode(), "sha256"))


SIGN: dict[str, Sign] = {"nginx": sign_for_nginx, "bunny": sign_for_bunny}


def signer_of(settings: Settings) -> Signer | None:
    """None unless a CDN sends segments."""
    if settings.delivery != "cdn":
        return None
    return Signer(settings.cdn_url, settings.cdn_secret, SIGN[settings.cdn_tokens], settings.signed_lifetime)


def _base64(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
