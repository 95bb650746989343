"""The names of devices."""

import pytest

from videoflix.pages.devices import device

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{WINDOWS}; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Windows"),
        (f"{WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; SM-S921B) SamsungBrowser/27.0 Chrome/125 Safari/537.36",
            "Samsung Internet · Android",
        ),
        ("curl/8.5.0", "curl"),
        ("Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome · ChromeOS"),
        ("", ""),
        ("anything else", ""),
    ],
)
def test_devices_have_names_that_people_know(user_agent: str, name: str) -> None:
    assert device(user_agent) == name
