"""Finds the links of mails in the log of a server, as console mail backends write them."""

import base64
import binascii
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

WAIT_SECONDS = 15.0
# What docker compose and supervisors put before each line: a time, the name of the process, and colours.
PREFIX = re.compile(r"^(?:\d{4}-\d\d-\d\d[T ][\d:.,]+Z? )?[\w.-]+ *\| ?", re.MULTILINE)
COLOR = re.compile(r"\x1b\[[\d;]*m")
BASE64 = re.compile(
    r"^Content-Transfer-Encoding: base64\s*\n(?:.+\n)*\n((?:[A-Za-z0-9+/=]+\n)+)", re.MULTILINE | re.I
)
URL = re.compile(r"https?://[^\s\"'<>]+")
QUERY = re.compile(r"\?uid=(?P<uid>[\w-]+)&token=(?P<token>[\w.~-]+)$", re.ASCII)
PATH = re.compile(r"/(?P<uid>[\w-]+)/(?P<token>[\w.~-]+)/?$", re.ASCII)


@dataclass(frozen=True)
class Link:
    """A link of a mail. `has_query`: uid and token are in its query, not in its path."""

    url: str
    uid: str
    token: str
    has_query: bool


class MailLog:
    """A log file, from its end at the start on. Each link is found once."""

    def __init__(self, path: Path) -> None:
        """Raises OSError if the file cannot be read."""
        self.path = path
        with path.open("rb") as file:
            self._start = file.seek(0, 2)
        self._found: set[str] = set()

    def next_link(self, uid: str) -> Link | None:
        """Wait for a new link of this uid, of any if it is empty. None if there is none in time."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            for link in links(self.text()):
                if uid in ("", link.uid) and link.token not in self._found:
                    self._found.add(link.token)
                    return link
            if time.monotonic() > deadline:
                return None
            time.sleep(0.1)

    def has_line(self, tag: str, link: Link) -> bool:
        """Whether a line consists of the tag and the link."""
        return f"[{tag}] {link.url}" in [line.strip() for line in self.text().splitlines()]

    def text(self) -> str:
        """What has been added to the log. A log that was rotated is read from its beginning."""
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(self._start if size >= self._start else 0)
            text = file.read().decode(errors="replace").replace("\r\n", "\n")
        return PREFIX.sub("", COLOR.sub("", text))


def links(text: str) -> Iterator[Link]:
    """The links with a uid and a token in a log, also in quoted-printable, base64 and HTML."""
    for url in dict.fromkeys(unescape(url) for form in _forms(text) for url in URL.findall(form)):
        found = QUERY.search(url) or PATH.search(url)
        if found:
            yield Link(url, found["uid"], found["token"], has_query=found.re is QUERY)


def _forms(text: str) -> Iterator[str]:
    """The text itself, and as it is if its mails are encoded. Whichever is wrong yields no link of the account."""
    if "quoted-printable" in text.lower():
        yield text.replace("=\n", "").replace("=3D", "=")
    yield text
    for block in BASE64.findall(text):
        try:
            yield base64.b64decode(block).decode(errors="replace")
        except binascii.Error:
            continue
