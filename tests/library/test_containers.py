import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.library.containers import HEAD_BYTES, LONG_HEAD_BYTES, is_film, refusal


def _head(file: Path) -> bytes:
    with file.open("rb") as reading:
        return reading.read(HEAD_BYTES)


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv", "film.webm", "film.avi"])
def test_what_films_come_in_is_known(films: Films, name: str) -> None:
    head = _head(films.make(name))
    assert is_film(head)
    assert refusal(head) is None


@pytest.mark.parametrize("form", ["mpegts", "vob", "flv", "asf", "ogg", "mxf", "nut", "gif", "dv", "ivf", "rm"])
def test_so_is_whatever_else_ffmpeg_may_be_given(films: Films, tmp_path: Path, form: str) -> None:
    codecs = {
        "flv": ("-c:v", "flv1"),
        "ogg": ("-c:v", "libvpx"),
        "ivf": ("-c:v", "libvpx"),
        "gif": ("-pix_fmt", "rgb8"),
        "dv": ("-target", "pal-dv"),
        "rm": ("-c:v", "rv10", "-s", "352x288"),
        "asf": ("-c:v", "mpeg4"),
        "nut": ("-c:v", "mpeg4"),
    }
    target = tmp_path / ("film.dv" if form == "dv" else "film")
    container = () if form == "dv" else ("-f", form)
    codec = codecs.get(form, ("-c:v", "mpeg2video"))
    films.run("-i", str(films.make()), "-an", "-t", "1", *codec, *container, f"file:{target}")
    head = _head(target)
    assert is_film(head)
    assert refusal(head) is None


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("film.mp4", "no film")
    return packed.getvalue()


def _tar() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("film.mp4"))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (_zip(), "zip archive"),
        (_tar(), "archive"),
        (b"Rar!\x1a\x07\x01\x00", "archive"),
        (b"\x1f\x8b\x08\x00", "archive"),
        (b"%PDF-1.7\n%\xe2\xe3", "document"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
        (b"\0\0\0\x18ftypheic", "image"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio"),
        (b"ID3\x04\0\0\0", "audio"),
        (b"\x7fELF\x02\x01\x01\0", "program"),
        (b"#!/bin/sh\n", "program"),
        (b"SQLite format 3\0", "database"),
        (bytes(LONG_HEAD_BYTES), "zeros"),
        (bytes(32_769) + b"CD001\1", "disc"),
        (b"#!AMR\n\x0c", "audio"),
        (b"\xff\xfb\x90\x64", "audio"),
        (b"\xff\xf1\x50\x80", "audio"),
        (b"\0\0\0\1\x67\x64\0\x1f", "raw video stream"),
        (b"\0\0\0\1\x40\1\x0c\1", "raw video stream"),
        (b"\0\0\1\xb3\x14\0\xf0", "raw video stream"),
        (b"\0\0\0\x1cftypavif", "image"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'>", "image"),
        (b"d8:announce35:udp://", "torrent"),
        (b"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128\n", "playlist"),
        (b"<!doctype html><p>film", "text"),
        ("Ein schöner Film".encode(), "text"),
        (("x" * (HEAD_BYTES - 1) + "ö").encode()[:HEAD_BYTES], "text"),
        ("a film".encode("utf-16"), "text"),
    ],
)
def test_what_surely_is_no_film_is_refused_by_its_name(head: bytes, name: str) -> None:
    assert not is_film(head) or name == "image"
    told = refusal(head)
    assert told
    assert name in told


@pytest.mark.parametrize("head", [bytes(HEAD_BYTES), b"\0\0\0\1mdat\0\0\0\0\1\0\0\0", b"\x1f\x07\0\x3f"])
def test_what_may_be_a_film_is_not_refused_too_early(head: bytes) -> None:
    assert refusal(head) is None


def test_of_what_nobody_knows_nothing_is_said() -> None:
    noise = random.Random(1).randbytes(HEAD_BYTES)
    assert not is_film(noise)
    assert refusal(noise) is None
