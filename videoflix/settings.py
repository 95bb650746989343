"""The settings: a frozen dataclass, read once from environment variables."""

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from videoflix import setting_rules as rules
from videoflix import setting_types as types
from videoflix.cores import cores
from videoflix.delivery_settings import DeliverySettings
from videoflix.loopback import is_loopback
from videoflix.rate import Rate
from videoflix.setting_variables import read, variable

MAX_WEB_PROCESSES = 32

# Where frontends of others run while they are developed. Their .env files need not name it.
DEFAULT_FRONTEND = "http://127.0.0.1:5500"


class SettingsError(Exception):
    """A setting has a value that cannot be used. The message names the variable."""


def _address(host: str, port: int) -> str:
    """The address of the server for a browser on this machine."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
    host = everywhere.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


def _trusted_frontend(frontend_url: str, public_url: str) -> str:
    """The origin of the frontend, which is always trusted. A server that others reach does not trust the machines of
    its viewers."""
    frontend = types.origin(frontend_url)
    is_own = frontend == types.origin(public_url)  # the server's own pages are trusted anyway
    return DEFAULT_FRONTEND if is_own and is_loopback(urlsplit(public_url).hostname or "") else frontend


@dataclass(frozen=True, kw_only=True)
class Settings(DeliverySettings):
    """What the operator of a server can configure. Lifetimes are in seconds, sizes in bytes."""

    debug: bool = variable(
        "DEBUG",
        "False",
        types.boolean,
        help="For development: cookies over plain HTTP, weak keys allowed, activation links in answers.",
    )
    secret_key: str = variable(
        "SECRET_KEY",
        "",
        secret=True,
        help="Signs the tokens. `bin/start` and `DEBUG=True` generate one in the data folder.",
    )
    secret_key_fallbacks: tuple[str, ...] = variable(
        "SECRET_KEY_FALLBACKS", "", types.words, secret=True, help="Earlier keys whose tokens are still accepted."
    )

    host: str = variable("HOST", "127.0.0.1", help="Address to listen on; `0.0.0.0` for all networks.")
    port: int = variable("PORT", "8000", types.number(1, 65535), help="Port to listen on.")
    data_dir: Path = variable(
        "DATA_DIR",
        "var",
        types.path,
        help="Folder for films, keys and the private database, relative to the checkout.",
    )
    time_zone: ZoneInfo = variable(
        "TIME_ZONE", "UTC", types.time_zone, help="Time zone of the log and of date filters."
    )
    log_format: str = variable(
        "LOG_FORMAT",
        "auto",
        types.choice(auto="auto", json="json", text="text"),
        help="`text`, `json`, or `auto`: JSON unless the log goes to a terminal or to `bin/start`.",
    )
    web_processes: int = variable(
        "WEB_PROCESSES",
        lambda so_far: min(cores(), 4),
        types.number(1, MAX_WEB_PROCESSES),
        help="Number of web processes.",
        computed="number of cores, at most 4",
    )
    trusted_proxies: tuple[str, ...] = variable(
        "TRUSTED_PROXIES",
        "",
        types.proxies,
        help="Proxies whose `X-Forwarded-…` headers are believed: addresses, networks, `unix` for a socket.",
    )
    metrics_token: str = variable(
        "METRICS_TOKEN", "", secret=True, help="Allows a machine to read `/metrics`; at least 16 characters."
    )

    allowed_hosts: tuple[str, ...] = variable(
        "ALLOWED_HOSTS",
        "",
        types.hosts,
        help="Host names that are answered; `.example.org` includes subdomains. Loopback names always are.",
    )
    csrf_trusted_origins: tuple[str, ...] = variable(
        "CSRF_TRUSTED_ORIGINS",
        "http://localhost:5500,http://127.0.0.1:5500",
        types.origins_or_sites,
        help="Origins whose pages may send requests; `https://*.example.org` for all subdomains. "
        f"`{DEFAULT_FRONTEND}` always may if `PUBLIC_URL` is a loopback address.",
    )
    cors_allowed_origins: tuple[str, ...] = variable(
        "CORS_ALLOWED_ORIGINS",
        lambda so_far: tuple(origin for origin in so_far["csrf_trusted_origins"] if "*" not in origin),
        types.origins,
        help="Origins whose scripts may read answers.",
        computed="`CSRF_TRUSTED_ORIGINS`",
    )
    cookie_secure: bool = variable(
        "COOKIE_SECURE",
        lambda so_far: not so_far["debug"],
        types.boolean,
        help="Send cookies over HTTPS only. `bin/start` on a loopback address: `False`.",
        computed="not `DEBUG`",
    )
    cookie_samesite: str = variable(
        "COOKIE_SAMESITE",
        "Lax",
        types.choice(lax="Lax", strict="Strict", none="None"),
        help="`Lax`, `Strict` or `None`.",
    )
    access_token_lifetime: int = variable(
        "ACCESS_TOKEN_LIFETIME", "2700", types.number(1, 86_400), help="Lifetime of an access token in seconds."
    )
    refresh_token_lifetime: int = variable(
        "REFRESH_TOKEN_LIFETIME",
        "86400",
        types.number(1, 31_536_000),
        help="Lifetime of a refresh token in seconds; the length of a session.",
    )

    remembered_session_lifetime: int = variable(
        "REMEMBERED_SESSION_LIFETIME",
        "7776000",
        types.number(1, 31_536_000),
        help="How long a login with “Stay logged in” lasts after it was last used, in seconds.",
    )
    registration: str = variable(
        "REGISTRATION",
        "open",
        types.choice(open="open", invite="invite", closed="closed"),
        help="Who may register: everyone (`open`), those with an invitation (`invite`), nobody (`closed`).",
    )

    watch_statistics: bool = variable(
        "WATCH_STATISTICS",
        "True",
        types.boolean,
        help="Administrators see who has watched how much of each film, and viewers are told. `False` also removes"
        " what was recorded.",
    )

    require_second_factor: bool = variable(
        "REQUIRE_SECOND_FACTOR",
        "",
        types.only("admins"),
        help="`admins`: administration needs a second factor. Empty: it is everybody's choice.",
    )

    activation_token_lifetime: int = variable(
        "ACTIVATION_TOKEN_LIFETIME",
        "259200",
        types.number(60, 31_536_000),
        help="Lifetime of an activation link in seconds.",
    )
    reset_token_lifetime: int = variable(
        "RESET_TOKEN_LIFETIME",
        "3600",
        types.number(60, 31_536_000),
        help="Lifetime of a password reset link in seconds.",
    )

    argon2_time_cost: int = variable(
        "ARGON2_TIME_COST",
        "2",
        types.number(1, 100),
        help="argon2id: number of passes. The defaults of all three are OWASP's.",
    )
    argon2_memory_kib: int = variable(
        "ARGON2_MEMORY_KIB", "19456", types.number(1024, 4_194_304), help="argon2id: memory in KiB."
    )
    argon2_parallelism: int = variable(
        "ARGON2_PARALLELISM", "1", types.number(1, 64), help="argon2id: number of lanes."
    )

    limit_failed_logins: Rate = variable(
        "LIMIT_FAILED_LOGINS",
        "10/15m",
        types.rate,
        help="Failed logins to one account from one address: `10/15m` is ten in 15 minutes, `off` no limit.",
    )
    limit_failed_logins_address: Rate = variable(
        "LIMIT_FAILED_LOGINS_ADDRESS", "100/15m", types.rate, help="Failed logins to all accounts from one address."
    )
    limit_second_factor: Rate = variable(
        "LIMIT_SECOND_FACTOR", "10/1h", types.rate, help="Wrong codes of a second factor for one account."
    )
    limit_registrations_address: Rate = variable(
        "LIMIT_REGISTRATIONS_ADDRESS", "30/1h", types.rate, help="Registrations from one address."
    )
    limit_pairings_address: Rate = variable(
        "LIMIT_PAIRINGS_ADDRESS", "60/1h", types.rate, help="Codes for televisions requested from one address."
    )
    limit_mails: Rate = variable("LIMIT_MAILS", "5/1h", types.rate, help="Reset mails to one e-mail address.")
    limit_mails_address: Rate = variable(
        "LIMIT_MAILS_ADDRESS", "30/1h", types.rate, help="Reset mails requested from one address."
    )

    db_name: str = variable("DB_NAME", "videoflix", help="Name of the database.")
    db_user: str = variable("DB_USER", "videoflix", help="Role that owns the database.")
    db_password: str = variable(
        "DB_PASSWORD", "", secret=True, help="Password of the role. `bin/start` generates one for its own database."
    )
    db_host: str = variable(
        "DB_HOST",
        "localhost",
        help="PostgreSQL: a host name, an address or the folder of a socket. If unset, `bin/start` runs its own.",
    )
    db_port: int = variable("DB_PORT", "5432", types.number(1, 65535), help="Port of PostgreSQL.")

    stale_seconds: int = variable(
        "STALE_SECONDS",
        "60",
        types.number(0, 3600),
        help="How long films go on playing while PostgreSQL does not answer: until what is in memory about them is "
        "so many seconds old. `0`: not at all.",
    )

    redis_host: str = variable(
        "REDIS_HOST",
        "localhost",
        help="Redis or Valkey. If this and `REDIS_LOCATION` are unset, `bin/start` runs its own.",
    )
    redis_port: int = variable("REDIS_PORT", "6379", types.number(1, 65535), help="Port of Redis.")
    redis_db: int = variable("REDIS_DB", "0", types.number(0, 1_000_000), help="Number of the database in Redis.")
    redis_location: str = variable(
        "REDIS_LOCATION",
        lambda so_far: "redis://{redis_host}:{redis_port}/{redis_db}".format_map(so_far),
        types.url("redis", "rediss", "unix"),
        secret=True,
        help="`redis://`, `rediss://` or `unix://`; takes precedence over the three above.",
        computed="from the three above",
    )

    email_backend: str = variable(
        "EMAIL_BACKEND",
        "console",
        types.backend,
        help="`console` prints mails to the log, `smtp` sends them. Django's class paths work as well.",
    )
    email_host: str = variable("EMAIL_HOST", "localhost", help="Mail server.")
    email_port: int = variable("EMAIL_PORT", "25", types.number(1, 65535), help="Port of the mail server.")
    email_host_user: str = variable("EMAIL_HOST_USER", "", help="User name at the mail server, if it needs one.")
    email_host_password: str = variable("EMAIL_HOST_PASSWORD", "", secret=True, help="Password at the mail server.")
    email_use_tls: bool = variable("EMAIL_USE_TLS", "False", types.boolean, help="STARTTLS, usually with port 587.")
    email_use_ssl: bool = variable(
        "EMAIL_USE_SSL", "False", types.boolean, help="TLS from the start, usually with port 465."
    )
    default_from_email: str = variable("DEFAULT_FROM_EMAIL", "Videoflix <noreply@localhost>", help="Sender of mails.")

    public_url: str = variable(
        "PUBLIC_URL",
        lambda so_far: _address(so_far["host"], so_far["port"]),
        types.web_address,
        help="The address under which browsers reach this server.",
        computed="where it listens",
    )
    frontend_base_url: str = variable(
        "FRONTEND_BASE_URL",
        lambda so_far: so_far["public_url"],
        types.web_address,
        help="Where links in mails lead, if not to the server's own pages. Its origin is always trusted.",
        computed="`PUBLIC_URL`",
    )
    frontend_activation_path: str = variable(
        "FRONTEND_ACTIVATION_PATH",
        "/pages/auth/activate.html",
        help="Page for activations; `?uid=…&token=…` is appended.",
    )
    frontend_password_reset_path: str = variable(
        "FRONTEND_PASSWORD_RESET_PATH",
        "/pages/auth/confirm_password.html",
        help="Page for a new password; `?uid=…&token=…` is appended.",
    )

    admin_email: str = variable(
        "ADMIN_EMAIL",
        "",
        also="DJANGO_SUPERUSER_EMAIL",
        help="Administrator to create at the first start. Older name: `DJANGO_SUPERUSER_EMAIL`.",
    )
    admin_password: str = variable(
        "ADMIN_PASSWORD",
        "",
        also="DJANGO_SUPERUSER_PASSWORD",
        secret=True,
        help="Password to create it with. Older name: `DJANGO_SUPERUSER_PASSWORD`.",
    )

    ffmpeg: str = variable(
        "FFMPEG",
        "ffmpeg",
        help="The ffmpeg program, 4.4 or newer. Unset: the one on the PATH, or the bundled one if it fails.",
    )
    ffprobe: str = variable("FFPROBE", "ffprobe", help="The ffprobe program, likewise.")
    ladder: tuple[int, ...] = variable(
        "LADDER",
        "480,720,1080",
        types.ladder,
        help="The resolutions of new encodes, as far as the original reaches them: any of "
        f"{', '.join(map(str, types.LABELS))}, and {types.MAIN_LABEL} always.",
    )
    copy_video: str = variable(
        "COPY_VIDEO",
        "auto",
        types.choice(auto="auto", never="never"),
        help="`auto` copies the video of an original into its highest resolution where every player can show it, "
        "instead of encoding it; `never` encodes it always.",
    )
    transcode_preset: str = variable(
        "TRANSCODE_PRESET",
        "veryfast",
        types.choice(**{p: p for p in ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")}),
        help="x264 preset, `ultrafast` to `slow`: slower is better quality at the same size.",
    )
    transcode_crf: int = variable(
        "TRANSCODE_CRF",
        "23",
        types.number(0, 51),
        help="Quality of the video, 0 to 51: lower is better and larger, up to the ceiling of each resolution.",
    )
    transcode_encoder: str = variable(
        "TRANSCODE_ENCODER",
        "auto",
        types.choice(**{name: name for name in ("auto", "libx264", *types.HARDWARE_ENCODERS)}),
        help="What encodes the video: `libx264`, a hardware encoder ("
        f"{', '.join(f'`{name}`' for name in types.HARDWARE_ENCODERS)}), or `auto`: the first of these that works.",
    )
    transcode_concurrency: int = variable(
        "TRANSCODE_CONCURRENCY",
        lambda so_far: cores(),
        types.number(1, 64),
        help="Units that one worker encodes at the same time.",
        computed="number of cores",
    )
    keep_originals: bool = variable(
        "KEEP_ORIGINALS",
        "True",
        types.boolean,
        help="`False` deletes an original when its encode is complete. It cannot be encoded again then.",
    )
    disk_floor: int = variable(
        "DISK_FLOOR",
        "1G",
        types.size,
        help="Free disk space to keep (`500M`, `2G`). Below it, encodes wait and uploads are refused.",
    )
    max_upload_size: int = variable("MAX_UPLOAD_SIZE", "100G", types.size, help="Largest upload; `0` for no limit.")

    # Where the variables come from that have a value, by name. It is no variable itself.
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], sources: Mapping[str, str] | None = None) -> Self:
        """Read every variable; an empty one counts as unset. `sources` says where each comes from, by name.

        Raises SettingsError, naming the variable, for the first value that cannot be used.
        """
        try:
            values = read(cls.fields(), environ)
        except ValueError as wrong:
            raise SettingsError(str(wrong)) from None
        frontend = _trusted_frontend(values["frontend_base_url"], values["public_url"])
        for name in ("csrf_trusted_origins", "cors_allowed_origins"):  # many existing .env files list others only
            values[name] = tuple(dict.fromkeys((*values[name], frontend)))
        settings = cls(**values, sources=sources or {})
        for problem in settings._problems():
            raise SettingsError(problem)
        return settings

    @classmethod
    def fields(cls) -> "list[Field[Any]]":
        """Those that have a variable, with what `variable` says about it in their metadata, inherited ones last."""
        inherited = {one.name for one in fields(DeliverySettings)}
        return sorted((one for one in fields(cls) if one.metadata), key=lambda one: one.name in inherited)

    @classmethod
    def variables(cls) -> list[str]:
        """The names of all variables, older names among them."""
        return [name for one in cls.fields() for name in (one.metadata["name"], one.metadata["also"]) if name]

    @classmethod
    def secret_variables(cls) -> set[str]:
        """The names of those whose values are secret."""
        secret = (one.metadata for one in cls.fields() if not one.repr)
        return {name for about in secret for name in (about["name"], about["also"]) if name}

    def _problems(self) -> Iterator[str]:
        """What is wrong with the settings together."""
        yield from rules.keys(self.secret_key, *self.secret_key_fallbacks, debug=self.debug)
        if not self.debug and not self.is_loopback:
            yield from rules.passwords(
                self.host,
                {
                    "ADMIN_PASSWORD (or DJANGO_SUPERUSER_PASSWORD)": self.admin_password,
                    "DB_PASSWORD": self.db_password,
                    "METRICS_TOKEN": self.metrics_token,
                },
            )
        yield from rules.metrics_token(self.metrics_token)
        yield from rules.cookies(self.cookie_samesite, secure=self.cookie_secure)
        yield from rules.mail(starttls=self.email_use_tls, tls=self.email_use_ssl)
        yield from self.delivery_problems()

    @property
    def is_loopback(self) -> bool:
        """Whether the server can be reached from this machine only."""
        return is_loopback(self.host)

    @property
    def address(self) -> str:
        """The address of the server for a browser on this machine."""
        return _address(self.host, self.port)

    @property
    def database_url(self) -> str:
        """The connection URI of PostgreSQL, with the password. DB_HOST may be the folder of a socket."""
        user = quote(self.db_user, safe="")
        password = quote(self.db_password, safe="")
        host = quote(self.db_host, safe="")
        return f"postgresql://{user}:{password}@/{quote(self.db_name, safe='')}?host={host}&port={self.db_port}"
