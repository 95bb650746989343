"""The OpenAPI document: complete, valid, and sent from memory."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest
from aiohttp import web
from msgspec import UNSET
from openapi_spec_validator import validate

from tests.fixtures.app import Client
from tests.fixtures.recorded import operations, problems, schemas, scrubbed
from videoflix.errors import InvalidFields
from videoflix.http.access import admin, public
from videoflix.http.operations import operation
from videoflix.http.paging import PARAMETERS, PageOf
from videoflix.reference import examples
from videoflix.reference.document import document, path_of
from videoflix.routes import ROUTES

# What programs call. The rest are pages, what they load, and what the gateway asks.
FOR_PROGRAMS = ("/api/", "/health", "/ready", "/metrics")
EMAIL, PASSWORD, TOKEN = "ada@example.org", "correct horse battery", "N1fTq6b0d8kW0mU6vJ2wZk3x"
# What shows the document to people.
PAGES = {"/api/docs/", "/api/docs/{file}"}


class Film(msgspec.Struct):
    """A film."""

    title: str
    id: int = 0


class NewFilm(msgspec.Struct):
    title: str
    category: str | None = None


@operation("Add a film", Film, status=201, body=NewFilm, errors=(InvalidFields,))
@admin
async def add(request: web.Request) -> web.Response:
    """Add one. Raises InvalidFields."""
    return web.Response()


@operation("List films", PageOf[Film], parameters=PARAMETERS)
@public
async def listing(request: web.Request) -> web.Response:
    return web.Response()


add.__module__ = listing.__module__ = "videoflix.library.handlers.test"


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return document([(route.method, route.path, route.handler) for route in ROUTES])


def test_every_route_of_the_api_is_described(whole: dict[str, Any]) -> None:
    """A new one must be: give its handler an `@operation`."""
    routes = {(route.method.lower(), path_of(route.path)) for route in ROUTES}
    expected = {(method, path) for method, path in routes if path.startswith(FOR_PROGRAMS) and path not in PAGES}
    described = {(method, path) for path, methods in whole["paths"].items() for method in methods}
    assert described == expected


def test_it_is_valid(whole: dict[str, Any]) -> None:
    validate(msgspec.json.decode(msgspec.json.encode(whole)))


def test_every_part_of_it_is_explained(whole: dict[str, Any]) -> None:
    identifiers = [each["operationId"] for methods in whole["paths"].values() for each in methods.values()]
    assert len(identifiers) == len(set(identifiers))
    tags = {tag for methods in whole["paths"].values() for each in methods.values() for tag in each["tags"]}
    assert tags == {tag["name"] for tag in whole["tags"]}
    for parameter in whole["components"]["parameters"].values():
        assert parameter["description"].endswith(".")
        assert "example" in parameter


def test_every_example_fits_its_schema(whole: dict[str, Any]) -> None:
    components = msgspec.json.decode(msgspec.json.encode(whole["components"]))
    described = [*components["parameters"].items(), *components["headers"].items()]
    examples = [(name, one["schema"], one["example"]) for name, one in described]
    error = {"$ref": "#/components/schemas/Error"}
    examples += [(name, error, one["value"]) for name, one in components["examples"].items()]
    checked = {"components": {"schemas": components["schemas"]}}
    wrong = [
        f"{name}: {problem.message} at {problem.instance_path}"
        for name, schema, example in examples
        for problem in jsonschema_rs.validator_for({**schema, **checked}, validate_formats=True).iter_errors(example)
    ]
    assert wrong == []


def test_every_body_has_an_example_from_a_test() -> None:
    """If one is missing or does not fit, run the tests that request it with `--record-examples`."""
    recorded = examples.read()
    assert recorded.keys() <= operations().keys()
    assert [problem for name, example in recorded.items() for problem in problems(name, example)] == []
    lacking = []
    for name, described in operations().items():
        expected, example = schemas(described), recorded.get(name, examples.Example())
        if (expected.body is UNSET, expected.answer is UNSET) != (example.body is UNSET, example.answer is UNSET):
            lacking.append(name)
    assert lacking == ["get_openapi_json"]  # it is the document


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"id": 17, "video_id": 3, "number": 2}, {"id": 1, "video_id": 1, "number": 2}),
        ({"password": "a secret of a test", "email": "Ada@example.org"}, {"password": PASSWORD, "email": EMAIL}),
        ({"access": "eyJhbG.eyJzdWIi.Zk3x_-"}, {"access": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"}),
        ("at 2026-11-27T21:30:00.123456Z", "at 2026-01-31T18:30:00Z"),
        ("http://127.0.0.1:4711/guest/aBcDeFgHiJkLmNoPqRsTuV/", f"https://films.example.org/guest/{TOKEN}/"),
        ([{"title": "one"}, {"title": "two"}], [{"title": "one"}]),
    ],
)
def test_an_example_has_no_secrets_and_is_the_same_in_each_run(value: Any, shown: Any) -> None:
    assert scrubbed(value) == shown


def test_a_route_is_described_by_its_declarations() -> None:
    made = document([("POST", "/api/admin/films/{id:\\d+}/", add), ("GET", "/api/films/", listing)])
    described = made["paths"]["/api/admin/films/{id}/"]["post"]
    assert described["operationId"] == "post_admin_films_id"
    assert described["description"] == "Add one.\n\nFor administrators."
    assert described["security"] == [{"bearer": []}, {"access_token": []}]
    assert set(described["requestBody"]["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }
    assert set(described["responses"]) == {"201", "400", "401", "403", "404", "413", "415", "500", "503"}
    schemas = made["components"]["schemas"]
    assert schemas["Film"]["required"] == ["title", "id"]
    assert schemas["NewFilm"]["required"] == ["title"]
    listed = made["paths"]["/api/films/"]["get"]
    assert listed["security"] == []
    assert [one["$ref"].rpartition("/")[2] for one in listed["parameters"]] == ["page", "per_page"]
    assert "401" not in listed["responses"]


async def test_it_is_sent_from_memory(client: Client) -> None:
    answer = await client.get("/api/openapi.json")
    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert (await answer.json())["openapi"] == "3.1.0"
    assert answer.headers["Content-Encoding"] == "gzip"
    unchanged = await client.get("/api/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert unchanged.status == 304
    part = await client.get("/api/openapi.json", headers={"Range": "bytes=0-9"})
    assert (part.status, len(await part.read())) == (206, 10)
