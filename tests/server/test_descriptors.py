"""The limit of open files is divided between connections, films and streams; in processes of their own."""

import resource
import subprocess
import sys

import pytest

SHOW = (
    "from videoflix.server import descriptors as d; d.raise_limit(); "
    "print(d.max_connections(), d.max_files(), d.max_streams())"
)


@pytest.mark.parametrize(
    ("soft", "hard", "shares"),
    [(300, 300, "118 59 59"), (300, 1024, "480 240 240"), (256, 20_000, "4096 512 500"), (20, 20, "1 1 1")],
)
def test_the_shares_follow_the_limit_of_open_files(soft: int, hard: int, shares: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    shown = subprocess.run([sys.executable, "-c", SHOW], preexec_fn=limit, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == shares
