"""The configuration: one frozen value, read once from a mapping of names to text."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from videoflix.cores import cores
from videoflix.rate import Rate
from videoflix.weak_passwords import is_placeholder

WEAK_KEYS = re.compile(r"(?i)^(django-insecure-.*|change-?me.*|secret.*|your[-_ ].*|.{0,31})$")

MAX_WEB_PROCESSES = 32
MIN_TOKEN = 16

MAKE_KEY = "make one with  python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


class SettingsError(Exception):
    """A variable has a value that cannot be used; the message names it."""


def _text(value: str) -> str:
    return value


def _boolean(value: str) -> bool:
    match value.lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise ValueError("is neither True nor False")


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not least <= int(value) <= most:
            raise ValueError(f"is no whole number from {least} to {most}")
        return int(value)

    return parse


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(word.rstrip("/").lower() for word in _words(value))
    for origin in origins:
        if not re.fullmatch(r"https?://[^/\s*?#@]+", origin):
            raise ValueError(f"holds {origin!r}, which is no origin such as https://films.example.org")
    return tuple(_origin(origin) for origin in origins)


def _origins_or_sites(value: str) -> tuple[str, ...]:
    """Origins, also with a star for any subdomain, as in https://*.example.org."""
    any_subdomain = "any-subdomain."
    origins = _origins(value.replace("://*.", f"://{any_subdomain}"))
    return tuple(origin.replace(f"://{any_subdomain}", "://*.") for origin in origins)


def _origin(address: str) -> str:
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


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(word.lower() for word in _words(value))
    for host in hosts:
        if not re.fullmatch(r"\*|\.?[a-z0-9_.-]+|\[[0-9a-f:.]+\]", host):
            raise ValueError(f"holds {host!r}, which is no host name (no scheme, no port)")
    return hosts


def _choice(**choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        try:
            return choices[value.lower()]
        except KeyError:
            raise ValueError(f"is none of {', '.join(choices)}") from None

    return parse


def _backend(value: str) -> str:
    found = re.fullmatch(r"(?i)(?:django\.core\.mail\.backends\.)?(console|smtp)(?:\.EmailBackend)?", value)
    if not found:
        raise ValueError("is neither console nor smtp (nor one of the two Django class paths)")
    return found[1].lower()


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if urlsplit(value).scheme not in schemes:
            raise ValueError(f"is no address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        return value.rstrip("/")

    return parse


def _frontend(value: str) -> str:
    address = _url("http", "https")(value)
    _origin(address)
    return address


def _time_zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (OSError, KeyError, ValueError):
        raise ValueError("is no time zone such as Europe/Berlin") from None


def _rate(value: str) -> Rate:
    """As in 10/15m: ten in fifteen minutes; off for no limit."""
    if value.lower() == "off":
        return Rate(0, 0)
    found = re.fullmatch(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,4})?([smhd])", value, re.ASCII)
    if not found:
        raise ValueError("is no rate such as 10/15m (ten in fifteen minutes; s, m, h, d), and not off")
    return Rate(int(found[1]), int(found[2] or 1) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[3]])


def _size(value: str) -> int:
    """As in 500M or 2G: bytes, in thousands as disks are sold by; 0 for none."""
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([KMGT]?)B?", value.upper(), re.ASCII)
    if not found:
        raise ValueError("is no size such as 500M or 2G (bytes, or K, M, G, T)")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2] or " "))


def _proxies(value: str) -> tuple[str, ...]:
    """Addresses and networks in their normal form, and `unix` for whoever comes through a socket file."""
    return tuple(word.lower() if word.lower() == "unix" else str(_network(word)) for word in _words(value))


def _network(word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(word)
    except ValueError:
        raise ValueError(
            f"holds {word!r}, which is no address, no network such as 10.0.0.0/8, and not unix"
        ) from None


def _path(value: str) -> Path:
    return Path(value).expanduser().absolute()


Default = str | Callable[[Mapping[str, Any]], Any]


def _variable(
    name: str, default: Default, parse: Callable[[str], Any] = _text, *, also: str = "", secret: bool = False
) -> Any:
    """A field of Settings: its variable, an older name for it, and what it is when nothing is said.

    A default is text, parsed like a value, or a function of the fields declared before it.
    """
    return field(repr=not secret, metadata={"name": name, "default": default, "parse": parse, "also": also})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every decision that is left to the one who runs the server. Lifetimes are in seconds."""

    debug: bool = _variable("DEBUG", "False", _boolean)
    secret_key: str = _variable("SECRET_KEY", "", secret=True)
    secret_key_fallbacks: tuple[str, ...] = _variable("SECRET_KEY_FALLBACKS", "", _words, secret=True)

    host: str = _variable("HOST", "127.0.0.1")
    port: int = _variable("PORT", "8000", _number(1, 65535))
    data_dir: Path = _variable("DATA_DIR", "var", _path)
    files_sent_by: str = _variable("FILES_SENT_BY", "web", _choice(web="web", nginx="nginx"))
    time_zone: ZoneInfo = _variable("TIME_ZONE", "UTC", _time_zone)
    log_format: str = _variable("LOG_FORMAT", "auto", _choice(auto="auto", json="json", text="text"))
    web_processes: int = _variable("WEB_PROCESSES", lambda so_far: min(cores(), 4), _number(1, MAX_WEB_PROCESSES))
    trusted_proxies: tuple[str, ...] = _variable("TRUSTED_PROXIES", "", _proxies)
    metrics_token: str = _variable("METRICS_TOKEN", "", secret=True)

    allowed_hosts: tuple[str, ...] = _variable("ALLOWED_HOSTS", "", _hosts)
    csrf_trusted_origins: tuple[str, ...] = _variable(
        "CSRF_TRUSTED_ORIGINS", "http://localhost:5500,http://127.0.0.1:5500", _origins_or_sites
    )
    cors_allowed_origins: tuple[str, ...] = _variable(
        "CORS_ALLOWED_ORIGINS",
        lambda so_far: tuple(origin for origin in so_far["csrf_trusted_origins"] if "*" not in origin),
        _origins,
    )
    cookie_secure: bool = _variable("COOKIE_SECURE", lambda so_far: not so_far["debug"], _boolean)
    cookie_samesite: str = _variable("COOKIE_SAMESITE", "Lax", _choice(lax="Lax", strict="Strict", none="None"))
    access_token_lifetime: int = _variable("ACCESS_TOKEN_LIFETIME", "2700", _number(1, 86_400))
    refresh_token_lifetime: int = _variable("REFRESH_TOKEN_LIFETIME", "86400", _number(1, 31_536_000))

    activation_token_lifetime: int = _variable("ACTIVATION_TOKEN_LIFETIME", "259200", _number(60, 31_536_000))
    reset_token_lifetime: int = _variable("RESET_TOKEN_LIFETIME", "3600", _number(60, 31_536_000))

    argon2_time_cost: int = _variable("ARGON2_TIME_COST", "2", _number(1, 100))
    argon2_memory_kib: int = _variable("ARGON2_MEMORY_KIB", "19456", _number(1024, 4_194_304))
    argon2_parallelism: int = _variable("ARGON2_PARALLELISM", "1", _number(1, 64))

    limit_failed_logins: Rate = _variable("LIMIT_FAILED_LOGINS", "10/15m", _rate)
    limit_failed_logins_address: Rate = _variable("LIMIT_FAILED_LOGINS_ADDRESS", "100/15m", _rate)
    limit_registrations_address: Rate = _variable("LIMIT_REGISTRATIONS_ADDRESS", "30/1h", _rate)
    limit_mails: Rate = _variable("LIMIT_MAILS", "5/1h", _rate)
    limit_mails_address: Rate = _variable("LIMIT_MAILS_ADDRESS", "30/1h", _rate)

    db_name: str = _variable("DB_NAME", "videoflix")
    db_user: str = _variable("DB_USER", "videoflix")
    db_password: str = _variable("DB_PASSWORD", "", secret=True)
    db_host: str = _variable("DB_HOST", "localhost")
    db_port: int = _variable("DB_PORT", "5432", _number(1, 65535))

    redis_host: str = _variable("REDIS_HOST", "localhost")
    redis_port: int = _variable("REDIS_PORT", "6379", _number(1, 65535))
    redis_db: int = _variable("REDIS_DB", "0", _number(0, 1_000_000))
    redis_location: str = _variable(
        "REDIS_LOCATION",
        lambda so_far: "redis://{redis_host}:{redis_port}/{redis_db}".format_map(so_far),
        _url("redis", "rediss", "unix"),
        secret=True,
    )

    email_backend: str = _variable("EMAIL_BACKEND", "console", _backend)
    email_host: str = _variable("EMAIL_HOST", "localhost")
    email_port: int = _variable("EMAIL_PORT", "25", _number(1, 65535))
    email_host_user: str = _variable("EMAIL_HOST_USER", "")
    email_host_password: str = _variable("EMAIL_HOST_PASSWORD", "", secret=True)
    email_use_tls: bool = _variable("EMAIL_USE_TLS", "False", _boolean)
    email_use_ssl: bool = _variable("EMAIL_USE_SSL", "False", _boolean)
    default_from_email: str = _variable("DEFAULT_FROM_EMAIL", "Videoflix <noreply@localhost>")

    frontend_base_url: str = _variable("FRONTEND_BASE_URL", "http://127.0.0.1:5500", _frontend)
    frontend_activation_path: str = _variable("FRONTEND_ACTIVATION_PATH", "/pages/auth/activate.html")
    frontend_password_reset_path: str = _variable("FRONTEND_PASSWORD_RESET_PATH", "/pages/auth/confirm_password.html")

    admin_email: str = _variable("ADMIN_EMAIL", "", also="DJANGO_SUPERUSER_EMAIL")
    admin_password: str = _variable("ADMIN_PASSWORD", "", also="DJANGO_SUPERUSER_PASSWORD", secret=True)

    ffmpeg: str = _variable("FFMPEG", "ffmpeg")
    ffprobe: str = _variable("FFPROBE", "ffprobe")
    transcode_preset: str = _variable(
        "TRANSCODE_PRESET",
        "veryfast",
        _choice(**{p: p for p in ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")}),
    )
    transcode_concurrency: int = _variable("TRANSCODE_CONCURRENCY", lambda so_far: cores(), _number(1, 64))
    keep_originals: bool = _variable("KEEP_ORIGINALS", "True", _boolean)
    disk_floor: int = _variable("DISK_FLOOR", "1G", _size)
    max_upload_size: int = _variable("MAX_UPLOAD_SIZE", "100G", _size)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read every variable; an empty one counts as unset.

        Raises SettingsError, naming the variable, for the first value that cannot be used.
        """
        values: dict[str, Any] = {}
        for one in fields(cls):
            name, text = _find(environ, one.metadata["name"], one.metadata["also"])
            default = one.metadata["default"]
            if not text and callable(default):
                values[one.name] = default(values)
                continue
            try:
                values[one.name] = one.metadata["parse"](text or default)
            except ValueError as why:
                raise SettingsError(f"{name} {why}") from None
        frontend = _origin(values["frontend_base_url"])
        for name in ("csrf_trusted_origins", "cors_allowed_origins"):  # files in circulation name other origins alone
            values[name] = tuple(dict.fromkeys((*values[name], frontend)))
        settings = cls(**values)
        for complaint in settings._contradictions():
            raise SettingsError(complaint)
        return settings

    @classmethod
    def variables(cls) -> list[str]:
        """The names of all variables, older names among them."""
        return [name for one in fields(cls) for name in (one.metadata["name"], one.metadata["also"]) if name]

    def _contradictions(self) -> Iterator[str]:
        if not self.secret_key:
            yield f"SECRET_KEY is not set: bin/start makes one when it first runs, or {MAKE_KEY}"
        if not self.debug and any(WEAK_KEYS.match(key) for key in (self.secret_key, *self.secret_key_fallbacks)):
            yield f"SECRET_KEY or a fallback is a placeholder or under 32 letters, too weak here; {MAKE_KEY}"
        if not self.debug and not self.is_loopback:
            yield from self._placeholders()
        if self.metrics_token and len(self.metrics_token) < MIN_TOKEN:
            yield f"METRICS_TOKEN has under {MIN_TOKEN} letters; {MAKE_KEY}"
        if self.cookie_samesite == "None" and not self.cookie_secure:
            yield "COOKIE_SAMESITE=None needs COOKIE_SECURE=True: browsers drop such cookies otherwise"
        if self.email_use_tls and self.email_use_ssl:
            yield "EMAIL_USE_TLS and EMAIL_USE_SSL exclude each other: port 587 takes the first, 465 the second"

    def _placeholders(self) -> Iterator[str]:
        """Passwords that keep nobody out, where others than this machine can try them."""
        known = {
            "ADMIN_PASSWORD (or DJANGO_SUPERUSER_PASSWORD)": self.admin_password,
            "DB_PASSWORD": self.db_password,
            "METRICS_TOKEN": self.metrics_token,
        }
        for name, password in known.items():
            if password and is_placeholder(password):
                yield (
                    f"{name} is a placeholder, a common password or under 8 characters, too weak where others can "
                    f"try it (HOST={self.host}, DEBUG=False): choose another"
                )

    @property
    def is_loopback(self) -> bool:
        """Whether we listen on this machine alone."""
        host = self.host.strip("[]").lower()
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def address(self) -> str:
        """Where a browser on this machine finds us."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
        host = everywhere.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{self.port}"

    @property
    def database_url(self) -> str:
        """Where PostgreSQL is, password included; DB_HOST may be the folder of a socket."""
        user = quote(self.db_user, safe="")
        password = quote(self.db_password, safe="")
        host = quote(self.db_host, safe="")
        return f"postgresql://{user}:{password}@/{quote(self.db_name, safe='')}?host={host}&port={self.db_port}"


def _find(environ: Mapping[str, str], name: str, also: str) -> tuple[str, str]:
    """The value of a variable, or of its older name, without the quotes that some .env files carry."""
    for each in (name, also):
        text = environ.get(each, "").strip() if each else ""
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            text = text[1:-1]
        if text:
            return each, text
    return name, ""
