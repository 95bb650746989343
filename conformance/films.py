"""Cases about the list of films and their thumbnails."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from conformance import contract
from conformance.backend import Backend
from conformance.cases import Case
from conformance.checks import expect, expect_error, expect_status, for_each, json_of
from conformance.client import NotRun

LIST = "/api/video/"
FIELDS = {"id", "created_at", "title", "description", "thumbnail_url", "category"}
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
# How many films of a long list are requested one by one.
MAX_FILMS = 10
# Where Django serves uploaded files.
MEDIA = ("/media/", "/media/videos/", "/media/hls/", "/media/thumbnails/")


def needs_login(backend: Backend) -> None:
    expect_error(backend.client().get(LIST), 401)


def refuses_garbage(backend: Backend) -> None:
    expect_error(backend.client(access_token="garbage").get(LIST), 401)
    expect_error(backend.client().get(LIST, Authorization="Bearer garbage"), 401)


def lists(backend: Backend) -> None:
    response = backend.list_response()
    expect_status(response, 200)
    body = json_of(response)
    expect(isinstance(body, list), f"the list is {type(body).__name__}, not an array")
    expect(all(isinstance(one, dict) for one in body), "the list has elements that are no objects")


def has_exact_fields(backend: Backend) -> None:
    def is_exact(film: dict[str, Any]) -> None:
        missing, more = sorted(FIELDS - set(film)), sorted(set(film) - FIELDS)
        told = [f"lacks {', '.join(missing)}" if missing else "", f"also has {', '.join(more)}" if more else ""]
        expect(set(film) == FIELDS, f"film {film.get('id')} {' and '.join(each for each in told if each)}")

    for_each(backend.films()[:MAX_FILMS], is_exact)


def has_right_types(backend: Backend) -> None:
    def is_right(film: dict[str, Any]) -> None:
        expect(isinstance(film.get("id"), int), f"the id {film.get('id')!r} is no integer")
        for name in ("title", "description", "category"):
            expect(isinstance(film.get(name), str), f"film {film['id']} has the {name} {film.get(name)!r}, no string")

    for_each(backend.films(), is_right)


def has_utc_times(backend: Backend) -> None:
    def is_utc(film: dict[str, Any]) -> None:
        found = film.get("created_at")
        expect(UTC.fullmatch(str(found)) is not None, f"the created_at of film {film.get('id')} is {found!r}")

    for_each(backend.films(), is_utc)


def has_absolute_thumbnails(backend: Backend) -> None:
    def is_absolute(film: dict[str, Any]) -> None:
        parts = urlsplit(str(film.get("thumbnail_url")))
        is_so = parts.scheme in ("http", "https") and bool(parts.netloc)
        expect(is_so, f"the thumbnail_url of film {film.get('id')} is {film.get('thumbnail_url')!r}")

    for_each(backend.films(), is_absolute)


def is_ordered(backend: Backend) -> None:
    films = backend.films()
    try:
        keys = [(datetime.fromisoformat(film["created_at"]), int(film["id"])) for film in films]
        right = sorted(keys, reverse=True)
    except (KeyError, TypeError, ValueError):
        raise NotRun("it needs films with a created_at and an id") from None
    found, wanted = [[film_id for _, film_id in order] for order in (keys, right)]
    expect(found == wanted, f"the films are listed as {found[:MAX_FILMS]}, not as {wanted[:MAX_FILMS]}")


def has_no_markup(backend: Backend) -> None:
    def is_neutral(film: dict[str, Any]) -> None:
        for name in ("title", "description"):
            expect("<" not in str(film.get(name)), f"the {name} of film {film.get('id')} contains `<`")

    for_each(backend.films(), is_neutral)


def lists_playable_films(backend: Backend) -> None:
    def is_playable(film: dict[str, Any]) -> None:
        expect_status(backend.session().get(f"/api/video/{film.get('id')}/480p/index.m3u8"), 200)

    for_each(backend.films()[:MAX_FILMS], is_playable)


def serves_thumbnails(backend: Backend) -> None:
    path = _thumbnail(backend)
    response = backend.session().get(path)
    expect_status(response, 200)
    kind = response.content_type
    expect(kind.startswith("image/"), f"the thumbnail {path} is {kind or 'of no type'}, not a picture")


def gates_thumbnails(backend: Backend) -> None:
    expect_status(backend.client().get(_thumbnail(backend)), 401, 403, 404)


def hides_media_folder(backend: Backend) -> None:
    def is_hidden(path: str) -> None:
        response = backend.client().get(path)
        expect(not 200 <= response.status < 300, f"{response.request} answers {response.status} without a login")

    for_each(MEDIA, is_hidden)


def _thumbnail(backend: Backend) -> str:
    """The path and query of the first thumbnail."""
    parts = urlsplit(str(backend.films()[0].get("thumbnail_url")))
    return parts.path + (f"?{parts.query}" if parts.query else "")


CASES = (
    Case("list: without login", contract.LIST_CLOSED, needs_login),
    Case("list: invalid access token", contract.LIST_CLOSED, refuses_garbage),
    Case("list", contract.LIST, lists),
    Case("list: fields", contract.LIST_FIELDS, has_exact_fields),
    Case("list: types", contract.NEVER_NULL, has_right_types),
    Case("list: created_at", contract.CREATED_AT, has_utc_times),
    Case("list: thumbnail_url", contract.THUMBNAIL, has_absolute_thumbnails),
    Case("list: order", contract.LIST_ORDER, is_ordered),
    Case("list: markup", contract.MARKUP, has_no_markup),
    Case("list: playable films", contract.LIST_PLAYABLE, lists_playable_films),
    Case("thumbnail", contract.THUMBNAIL, serves_thumbnails),
    Case("thumbnail: without login", contract.GATED, gates_thumbnails),
    Case("media folder", contract.MEDIA_FOLDER, hides_media_folder),
)
