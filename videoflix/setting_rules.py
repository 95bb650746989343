"""Rules that hold between settings, by topic. Each yields what is wrong, naming the variables."""

import re
from collections.abc import Iterator, Mapping

from videoflix.weak_passwords import is_placeholder

WEAK_KEYS = re.compile(r"(?i)^(django-insecure-.*|change-?me.*|secret.*|your[-_ ].*|.{0,31})$")
MIN_TOKEN = 16
# Nothing that would have to be escaped in a configuration of nginx.
CDN_SECRET = re.compile(r"[A-Za-z0-9_-]{16,}")
MAKE_KEY = "generate one with  python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


def keys(key: str, *fallbacks: str, debug: bool) -> Iterator[str]:
    if not key:
        yield f"SECRET_KEY is not set: bin/start generates one, or {MAKE_KEY}"
    if not debug and any(WEAK_KEYS.match(each) for each in (key, *fallbacks)):
        yield (
            f"SECRET_KEY or a fallback is a placeholder or has fewer than 32 characters; {MAKE_KEY}  (if it is not "
            "set, delete secrets/secret_key in the data folder, and it is generated)"
        )


def passwords(host: str, known: Mapping[str, str]) -> Iterator[str]:
    """Passwords that are easy to guess, by variable, of a server that other machines can reach."""
    for name, password in known.items():
        if password and is_placeholder(password):
            yield (
                f"{name} is a placeholder, a common password or shorter than 8 characters, which is too weak if "
                f"other machines can try it (HOST={host}, DEBUG=False). Choose another one"
            )


def metrics_token(token: str) -> Iterator[str]:
    if token and len(token) < MIN_TOKEN:
        yield f"METRICS_TOKEN has fewer than {MIN_TOKEN} characters; {MAKE_KEY}"


def cookies(samesite: str, *, secure: bool) -> Iterator[str]:
    if samesite == "None" and not secure:
        yield "COOKIE_SAMESITE=None requires COOKIE_SECURE=True: browsers reject such cookies otherwise"


def mail(*, starttls: bool, tls: bool) -> Iterator[str]:
    if starttls and tls:
        yield "EMAIL_USE_TLS and EMAIL_USE_SSL cannot be combined: the first is for port 587, the second for 465"


def cdn(url: str, secret: str) -> Iterator[str]:
    if not url:
        yield "DELIVERY=cdn requires CDN_URL, the address of the CDN"
    if not secret:
        yield f"DELIVERY=cdn requires CDN_SECRET, the key that the CDN checks addresses with; {MAKE_KEY}"
    elif not CDN_SECRET.fullmatch(secret):
        yield f"CDN_SECRET must have at least 16 characters, only letters, digits, - and _; {MAKE_KEY}"


def s3(bucket: str, key: str, secret: str) -> Iterator[str]:
    if not bucket:
        yield "STORAGE=s3 requires S3_BUCKET"
    if bool(key) != bool(secret):
        yield "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY belong together: set both, or none"
