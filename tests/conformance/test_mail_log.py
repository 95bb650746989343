"""Links are found in every form in which console mail backends write them."""

import base64
from pathlib import Path

import pytest

from conformance.mail_log import Link, MailLog, links

URL = "https://films.example.org/pages/auth/activate.html?uid=MTI&token=c7x-2fa_90"
ENCODED = base64.encodebytes(f"Grüße! {URL}\n".encode()).decode()


@pytest.mark.parametrize(
    "log",
    [
        f"[ACTIVATION LINK] {URL}\n",
        f"Hello!\n\n{URL}\n",
        f'<a href="{URL.replace("&", "&amp;")}">Confirm</a>\n',
        f"Content-Transfer-Encoding: quoted-printable\n\n{URL[:40]}=\n{URL[40:].replace('=', '=3D')}\n",
        f"Content-Transfer-Encoding: base64\nMIME-Version: 1.0\n\n{ENCODED}\n",
    ],
    ids=["line", "text", "HTML", "quoted-printable", "base64"],
)
def test_links_are_found(log: str) -> None:
    assert Link(URL, "MTI", "c7x-2fa_90", has_query=True) in list(links(log))


def test_a_link_without_a_query_is_found() -> None:
    found = list(links("https://films.example.org/api/activate/MTI/c7x-2fa/ https://films.example.org/\n"))
    assert [(link.uid, link.token, link.has_query) for link in found] == [("MTI", "c7x-2fa", False)]


def test_each_link_is_found_once_and_old_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(f"{URL}old\n")
    log = MailLog(path)
    with path.open("a") as file:
        file.write(f"2026-01-02 03:04:05 mail      | [ACTIVATION LINK] {URL}\r\n")
        file.write(f"\x1b[36mweb-1  |\x1b[0m {URL.replace('MTI', 'MTM')}\nweb-1  | [RESET LINK] {URL}2\n")
    first, second = log.next_link("MTI"), log.next_link("MTI")
    assert first is not None and second is not None
    assert (first.url, second.url) == (URL, f"{URL}2")
    assert log.has_line("ACTIVATION LINK", first)
    assert log.has_line("RESET LINK", second)
    assert not log.has_line("ACTIVATION LINK", second)
