"""The format of log lines."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from videoflix.request_id import CURRENT
from videoflix.server import logs
from videoflix.settings import Settings

SETTINGS = Settings.from_env({"SECRET_KEY": "k" * 40, "TIME_ZONE": "Asia/Tokyo"})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _said(monkeypatch: pytest.MonkeyPatch, log_format: str, stream: io.StringIO) -> str:
    """The output for an event with a traceback, within a request."""
    monkeypatch.setattr(sys, "stderr", stream)
    logs.set_up(replace(SETTINGS, log_format=log_format))
    CURRENT.set("abc-1")
    try:
        raise ValueError("no \ud800 such film")
    except ValueError:
        logging.getLogger("videoflix.http").exception("film %d broke\nbadly \udcff", 7)
    CURRENT.set("")
    return stream.getvalue()


@pytest.mark.parametrize(("log_format", "kind"), [("auto", io.StringIO), ("json", io.StringIO), ("json", Terminal)])
def test_as_json_an_event_is_one_line(
    monkeypatch: pytest.MonkeyPatch, log_format: str, kind: type[io.StringIO]
) -> None:
    said = _said(monkeypatch, log_format, kind())
    assert said.count("\n") == 1
    event = json.loads(said)
    assert event["level"] == "ERROR"
    assert event["logger"] == "videoflix.http"
    assert event["message"] == "film 7 broke\nbadly \\udcff"
    assert event["request_id"] == "abc-1"
    assert "Traceback" in event["exception"]
    assert "such film" in event["exception"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", event["time"])


@pytest.mark.parametrize(("log_format", "kind"), [("auto", Terminal), ("text", io.StringIO)])
def test_as_text_a_line_has_the_id_of_its_request(
    monkeypatch: pytest.MonkeyPatch, log_format: str, kind: type[io.StringIO]
) -> None:
    first = _said(monkeypatch, log_format, kind()).splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d ERROR   film 7 broke", first[0])
    assert first[1].endswith("[abc-1]")


def test_outside_a_request_there_is_no_id() -> None:
    assert "request_id" not in json.loads(logs.as_json("videoflix", "ready", "INFO", 0.0))
