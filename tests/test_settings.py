import re
from pathlib import Path

import pytest

from videoflix.accounts.passwords import Passwords
from videoflix.settings import Settings, SettingsError

KEY = {"SECRET_KEY": "k" * 40}
EVERYWHERE = "0.0.0.0"  # noqa: S104


def test_the_defaults_are_secure() -> None:
    settings = Settings.from_env(KEY)
    assert not settings.debug
    assert settings.cookie_secure
    assert settings.host == "127.0.0.1"
    assert settings.allowed_hosts == ()


def test_the_default_password_hash_follows_owasp() -> None:
    settings = Settings.from_env(KEY)
    passwords = Passwords(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism)
    assert passwords.hash("securepassword").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_cookies_are_secure_unless_debug() -> None:
    assert not Settings.from_env({**KEY, "DEBUG": "True"}).cookie_secure
    assert Settings.from_env({**KEY, "DEBUG": "True", "COOKIE_SECURE": "1"}).cookie_secure


def test_an_env_file_of_the_reference_system_works() -> None:
    settings = Settings.from_env(
        {
            "DJANGO_SUPERUSER_EMAIL": "admin@example.com",
            "DJANGO_SUPERUSER_PASSWORD": "adminpassword",
            "DJANGO_SUPERUSER_USERNAME": "admin",
            "SECRET_KEY": '"django-insecure-lp6h18zq4@z30symy*oz)+hp^uoti48r"',
            "DEBUG": "True",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": "http://localhost:5500,http://127.0.0.1:5500",
            "DB_NAME": "videoflix",
            "DB_HOST": "db",
            "DB_PORT": "5432",
            "REDIS_HOST": "redis",
            "REDIS_LOCATION": "redis://redis:6379/1",
            "REDIS_PORT": "6379",
            "REDIS_DB": "0",
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_PORT": "587",
            "EMAIL_USE_TLS": "True",
            "EMAIL_USE_SSL": "False",
            "DEFAULT_FROM_EMAIL": "EMAIL_HOST_USER",
        }
    )
    assert settings.admin_email == "admin@example.com"
    assert settings.email_backend == "smtp"
    assert settings.redis_location == "redis://redis:6379/1"
    assert settings.cors_allowed_origins == ("http://localhost:5500", "http://127.0.0.1:5500")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://films.example.org", "https://films.example.org"),
        ("https://Films.Example.org:443/app/", "https://films.example.org"),
        ("http://films.example.org:80", "http://films.example.org"),
        ("http://[::1]:5500/", "http://[::1]:5500"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("HTTPS://user:secret@films.example.org:8443", "https://films.example.org:8443"),
    ],
)
def test_the_origin_of_the_frontend_is_always_trusted(address: str, origin: str) -> None:
    others = "http://localhost:4200,http://127.0.0.1:4200"
    for more in ({}, {"CORS_ALLOWED_ORIGINS": others}):
        settings = Settings.from_env({**KEY, "FRONTEND_BASE_URL": address, "CSRF_TRUSTED_ORIGINS": others, **more})
        assert settings.csrf_trusted_origins == (*others.split(","), origin)
        assert settings.cors_allowed_origins == (*others.split(","), origin)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_frontend_in_development_is_trusted_by_a_server_on_the_same_machine(host: str) -> None:
    named = {"PUBLIC_URL": f"http://{host}:8000", "CSRF_TRUSTED_ORIGINS": "http://localhost:4200"}
    settings = Settings.from_env({**KEY, **named})
    assert settings.csrf_trusted_origins == ("http://localhost:4200", "http://127.0.0.1:5500")
    assert settings.cors_allowed_origins == ("http://localhost:4200", "http://127.0.0.1:5500")


def test_a_public_server_can_trust_its_own_pages_only() -> None:
    own = "https://films.example.org"
    settings = Settings.from_env({**KEY, "PUBLIC_URL": own, "CSRF_TRUSTED_ORIGINS": own})
    assert settings.csrf_trusted_origins == (own,)
    assert settings.cors_allowed_origins == (own,)


def test_origins_are_normalised_as_browsers_send_them() -> None:
    named = "https://Films.example.org:443/, https://*.Example.org:443, https://*.bücher.example"
    settings = Settings.from_env(
        {**KEY, "CSRF_TRUSTED_ORIGINS": named, "FRONTEND_BASE_URL": "http://films.example.org"}
    )
    assert settings.csrf_trusted_origins == (
        *("https://films.example.org", "https://*.example.org", "https://*.xn--bcher-kva.example"),
        "http://films.example.org",
    )
    assert settings.cors_allowed_origins == ("https://films.example.org", "http://films.example.org")


def test_no_example_trusts_a_whole_network() -> None:
    examples = [
        example
        for name in (".env.template", "README.md", "docker-compose.yml", "deploy/nginx.conf.template")
        for example in re.findall(r"TRUSTED_PROXIES[=:] ?(\S+)", (Path(__file__).parent.parent / name).read_text())
    ]
    assert examples
    assert [example for example in examples if "/" in example] == []


def test_trusted_proxies_are_addresses_networks_and_socket_files() -> None:
    settings = Settings.from_env({**KEY, "TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, ::1, 2001:DB8::/32, Unix"})
    assert settings.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8", "::1/128", "2001:db8::/32", "unix")
    assert Settings.from_env(KEY).trusted_proxies == ()


def test_the_redis_location_is_built_from_its_parts() -> None:
    settings = Settings.from_env({**KEY, "REDIS_HOST": "cache", "REDIS_PORT": "7000", "REDIS_DB": "3"})
    assert settings.redis_location == "redis://cache:7000/3"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("PORT", "0"),
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("DB_PORT", "-1"),
        ("TIME_ZONE", "Middle/Earth"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("EMAIL_BACKEND", "pigeon"),
        ("COOKIE_SAMESITE", "maybe"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGINS", "example.org"),
        ("CSRF_TRUSTED_ORIGINS", "https://a.example/path"),
        ("ALLOWED_HOSTS", "http://example.org"),
        ("FRONTEND_BASE_URL", "films.example.org"),
        ("FRONTEND_BASE_URL", "https:///pages"),
        ("FRONTEND_BASE_URL", "https://films.example.org:eighty"),
        ("REDIS_LOCATION", "http://redis"),
        ("LADDER", "480,540"),
        ("LADDER", "480,hd"),
        ("LADDER", "720,1080"),
        ("TRANSCODE_CRF", "52"),
        ("DISK_FLOOR", "-1G"),
        ("DISK_FLOOR", "2 pounds"),
        ("KEEP_ORIGINALS", "2"),
        ("WEB_PROCESSES", "0"),
        ("WEB_PROCESSES", "many"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("TRUSTED_PROXIES", "127.0.0.1, *"),
        ("METRICS_TOKEN", "short"),
        ("LOG_FORMAT", "xml"),
        ("SECRET_KEY", "change-me"),
        ("SECRET_KEY", "django-insecure-" + "x" * 40),
    ],
)
def test_an_invalid_value_is_refused_with_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**KEY, name: value})


def test_the_ladder_is_put_in_order() -> None:
    assert Settings.from_env(KEY).ladder == (480, 720, 1080)
    assert Settings.from_env({**KEY, "LADDER": "2160p, 480,1080,480P"}).ladder == (480, 1080, 2160)


PLACEHOLDERS = [
    *(
        "change-me",
        "change-me-please",
        "CHANGE_ME_NOW",
        "changeme123",
        "<your-password>",
        "password",
        "adminpassword",
    ),
    *(
        "supersecretpassword",
        "my-db-password",
        "postgres",
        "videoflix",
        "videoflix_admin_2026",
        "replace_this",
        "admin",
    ),
    *("hunter2", "123456789012", "xxxxxxxxxxxxxxxxxxxx", "Passw0rd!", "qwertyuiop"),
]


@pytest.mark.parametrize("password", PLACEHOLDERS)
@pytest.mark.parametrize("name", ["ADMIN_PASSWORD", "DB_PASSWORD", "DJANGO_SUPERUSER_PASSWORD"])
def test_a_placeholder_password_is_refused_if_other_machines_can_try_it(name: str, password: str) -> None:
    for host in (EVERYWHERE, "192.168.1.2", "::", "films.example.org"):
        with pytest.raises(SettingsError, match=name):
            Settings.from_env({**KEY, "HOST": host, name: password})
    for host in ("127.0.0.1", "127.0.0.2", "localhost", "::1", ""):
        Settings.from_env({**KEY, "HOST": host, name: password})
    Settings.from_env({**KEY, "HOST": EVERYWHERE, "DEBUG": "True", name: password})


@pytest.mark.parametrize(
    "password", ["securepassword", "kettle-ladder-moss", "Zq8-kkP_21mmE", "changeling's oath", "x" * 20 + "q"]
)
def test_a_strong_password_is_accepted_on_every_host(password: str) -> None:
    Settings.from_env({**KEY, "HOST": EVERYWHERE, "ADMIN_PASSWORD": password, "DB_PASSWORD": password})


def test_a_placeholder_token_is_refused() -> None:
    with pytest.raises(SettingsError, match="METRICS_TOKEN"):
        Settings.from_env({**KEY, "HOST": EVERYWHERE, "METRICS_TOKEN": "change-me-please-now"})


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 10**9), ("0", 0), ("512", 512), ("500M", 500_000_000), ("1.5 gb", 1_500_000_000), ("2T", 2 * 10**12)],
)
def test_sizes_have_units(text: str, count: int) -> None:
    assert Settings.from_env({**KEY, "DISK_FLOOR": text}).disk_floor == count


def test_a_missing_secret_key_is_reported() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        Settings.from_env({})


@pytest.mark.parametrize(
    "pair",
    [
        {"COOKIE_SAMESITE": "None", "COOKIE_SECURE": "False"},
        {"EMAIL_USE_TLS": "True", "EMAIL_USE_SSL": "True"},
    ],
)
def test_contradictory_settings_are_refused(pair: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(pair))):
        Settings.from_env({**KEY, **pair})


def test_secrets_are_not_in_the_repr() -> None:
    text = repr(
        Settings.from_env(
            {
                "SECRET_KEY": "s3cr3t" * 8,
                "DB_PASSWORD": "hunter2",
                "ADMIN_PASSWORD": "hunter3",
                "METRICS_TOKEN": "hunter4" * 4,
            }
        )
    )
    assert "s3cr3t" not in text
    assert "hunter" not in text


def test_the_template_documents_every_variable_and_no_other() -> None:
    template = (Path(__file__).parent.parent / ".env.template").read_text()
    names = {
        line.lstrip("# ").partition("=")[0] for line in template.splitlines() if "=" in line and " = " not in line
    }
    named = {name for name in names if name.isupper() and name.replace("_", "").isalnum()}
    assert named == set(Settings.variables())


def test_who_sends_segments_is_one_setting() -> None:
    assert Settings.from_env(KEY).delivery == "web"
    assert Settings.from_env({**KEY, "FILES_SENT_BY": "nginx"}).delivery == "nginx"
    assert Settings.from_env({**KEY, "FILES_SENT_BY": "nginx", "DELIVERY": "web"}).delivery == "web"
    cdn = {**KEY, "DELIVERY": "cdn", "CDN_URL": "https://CDN.example.org:443/", "CDN_SECRET": "k" * 16}
    assert Settings.from_env(cdn).media_origins == ("https://cdn.example.org",)
    assert Settings.from_env({**cdn, "DELIVERY": "web"}).media_origins == ()
    assert cdn["CDN_SECRET"] not in repr(Settings.from_env(cdn))


def test_a_redirect_needs_a_store() -> None:
    with pytest.raises(SettingsError, match="DELIVERY=redirect requires STORAGE=s3"):
        Settings.from_env({**KEY, "DELIVERY": "redirect"})
    amazon = {**KEY, "DELIVERY": "redirect", "STORAGE": "s3", "S3_BUCKET": "films", "S3_REGION": "eu-central-1"}
    assert Settings.from_env(amazon).media_origins == ("https://s3.eu-central-1.amazonaws.com",)
    own = Settings.from_env({**amazon, "S3_ENDPOINT": "https://s3.example.org"})
    assert own.media_origins == ("https://s3.example.org",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"CDN_URL": ""}, "requires CDN_URL"),
        ({"CDN_SECRET": ""}, "requires CDN_SECRET"),
        ({"CDN_SECRET": "k" * 15}, "at least 16 characters"),
        ({"CDN_SECRET": 'k$"' * 16}, "only letters"),
        ({"CDN_URL": "https://cdn.example.org/films"}, "CDN_URL must be an address without a path"),
        ({"CDN_URL": "cdn.example.org"}, "CDN_URL must be an address that begins with http"),
        ({"DELIVERY": "akamai"}, "DELIVERY must be"),
        ({"CDN_TOKENS": "akamai"}, "CDN_TOKENS must be"),
        ({"SIGNED_LIFETIME": "59"}, "SIGNED_LIFETIME must be"),
    ],
)
def test_a_cdn_needs_its_address_and_its_key(changes: dict[str, str], words: str) -> None:
    cdn = {**KEY, "DELIVERY": "cdn", "CDN_URL": "https://cdn.example.org", "CDN_SECRET": "k" * 16}
    with pytest.raises(SettingsError, match=words):
        Settings.from_env({**cdn, **changes})
