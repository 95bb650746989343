import pytest

from videoflix.accounts.devices import device

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Windows"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36", "Chrome on Windows"),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge on Windows",
        ),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
            "Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            f"{MOZILLA} (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 "
            "Mobile/15E148 Safari/604.1",
            "Chrome on iPad",
        ),
        (
            f"{MOZILLA} (Linux; Android 14; SM-S921B) {WEBKIT} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (f"{MOZILLA} (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "Firefox on Android"),
        (f"{MOZILLA} (SMART-TV; LINUX; Tizen 7.0) {WEBKIT} Chrome/94.0 TV Safari/537.36", "Chrome on Samsung TV"),
        (f"{MOZILLA} (Web0S; Linux/SmartTV) {WEBKIT} Chrome/94.0 Safari/537.36", "Chrome on LG TV"),
        (f"{MOZILLA} (X11; Linux x86_64) {WEBKIT} Chrome/126.0 Safari/537.36 OPR/112.0", "Opera on Linux"),
        (f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/126.0 Safari/537.36", "Chrome on ChromeOS"),
        ("curl/8.5.0", "curl"),
        ("Python/3.11 aiohttp/3.14", "Python"),
        ("VLC/3.0.20 LibVLC/3.0.20", "VLC"),
        ("", "Unknown device"),
        ("<script>alert(1)</script>", "Unknown device"),
        (MOZILLA, "Unknown device"),
    ],
)
def test_how_devices_are_called(user_agent: str, name: str) -> None:
    assert device(user_agent).name == name
