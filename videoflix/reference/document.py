"""Generates the OpenAPI document from routes, from what their handlers declare (`http/operations.py`) and from the
types of bodies."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from videoflix import errors
from videoflix.http.operations import Error, Media, Operation, Parameter, operation_of
from videoflix.reference import examples, words
from videoflix.reference.described_route import Route, description, errors_by_status, parameters, security
from videoflix.reference.examples import JSON

SCHEMAS = "#/components/schemas/{name}"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

Json = dict[str, Any]


def path_of(pattern: str) -> str:
    """The path of a route without the regular expressions of its parts."""
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", pattern)


def document(routes: Iterable[tuple[str, str, Any]]) -> Json:
    """The document for those of these routes (method, pattern of the path, handler) that declare an operation."""
    found = {(path_of(path), method): handler for method, path, handler in routes if operation_of(handler)}
    described = [Route(method, path, handler) for (path, method), handler in found.items()]
    answers = _schemas([kind for route in described for kind in _answer_types(route.operation)])
    bodies = _schemas([kind for route in described for kind in _types(route.operation.body)])
    schemas = _as_answered(answers.components)
    for name, schema in bodies.components.items():
        assert schemas.get(name, schema) == schema, f"{name} means one thing in bodies and another in answers"
        schemas[name] = schema
    writer = _Writer(answers.of_type | bodies.of_type, schemas)
    paths: dict[str, Json] = {}
    for route in described:
        paths.setdefault(route.path, {})[route.method.lower()] = writer.operation(route)
    return {
        "openapi": "3.1.0",
        "info": words.INFO,
        "servers": [{"url": "/", "description": "This server."}],
        "tags": [{"name": name, "description": text} for name, text in words.TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": writer.responses,
            "parameters": writer.parameters,
            "headers": words.HEADERS,
            "examples": writer.examples,
            "securitySchemes": words.SECURITY,
        },
    }


class _Schemas(Struct, frozen=True):
    """The schema of each type, by its representation, and those that they refer to, by name."""

    of_type: dict[str, Json]
    components: dict[str, Json]


def _schemas(types: list[Any]) -> _Schemas:
    distinct = list({repr(kind): kind for kind in types}.values())
    found, components = msgspec.json.schema_components(distinct, ref_template=SCHEMAS)
    return _Schemas(dict(zip(map(repr, distinct), found, strict=True)), dict(components))


def _answer_types(operation: Operation) -> list[Any]:
    return [Error, *(kind for answer in operation.answers.values() for kind in _types(answer))]


def _types(declared: Any) -> list[Any]:
    """The types of declared bodies; of media, those of their items."""
    each = declared if isinstance(declared, tuple) else (declared,)
    items = [one.item if isinstance(one, Media) else one for one in each]
    return [one for one in items if one is not None]


def _as_answered(schemas: dict[str, Json]) -> dict[str, Json]:
    """Schemas of answers: fields with a default are there as well. Those that may be missing (UNSET) have none."""
    for schema in schemas.values():
        fields = schema.get("properties", {})
        optional = {name for name, field in fields.items() if "default" not in field} - {*schema.get("required", ())}
        required = [name for name in fields if name not in optional]
        for field in fields.values():
            field.pop("default", None)
        if required:
            schema["required"] = required
    return schemas


class _Writer:
    """Writes operations, and collects what they share: responses, parameters and examples."""

    def __init__(self, of_type: dict[str, Json], schemas: dict[str, Json]) -> None:
        self._of_type = of_type
        self._schemas = schemas
        self._recorded = examples.read()
        self._identifiers: set[str] = set()
        self.responses: dict[str, Json] = {}
        self.parameters: dict[str, Json] = {}
        self.examples: dict[str, Json] = {}

    def operation(self, route: Route) -> Json:
        operation, identifier = route.operation, self._identifier(route)
        example = self._recorded.get(identifier, examples.Example())
        written: Json = {
            "operationId": identifier,
            "summary": operation.summary,
            "description": description(route),
            "tags": [words.tag(route.handler.__module__, route.path)],
            "security": security(route),
            "parameters": [*map(self._parameter, parameters(route))],
            "responses": self._responses(route, example.answer),
        }
        if operation.body:
            required = None not in operation.body
            content = self._content(operation.body, example.body)
            if JSON in content and self._can_be_form(content[JSON]["schema"]):
                content |= {form: {"schema": content[JSON]["schema"]} for form in FORMS}
            written["requestBody"] = {"required": required, "content": content}
        return written

    def _identifier(self, route: Route) -> str:
        """A name of the operation, also where an address differs from another one by the slash at its end only."""
        name = re.sub(r"\W+", "_", f"{route.method.lower()}{route.path.removeprefix('/api')}").strip("_")
        if name in self._identifiers:
            name += "_slash"
        self._identifiers.add(name)
        return name

    def _parameter(self, parameter: Parameter) -> Json:
        """A reference to a parameter that several operations have."""
        written = {
            "name": parameter.name,
            "in": parameter.place,
            "description": parameter.description,
            "required": parameter.is_required or parameter.place == "path",
            "schema": parameter.schema,
            "example": parameter.example,
        }
        name = next((key for key, other in self.parameters.items() if other == written), None)
        if name is None:
            number = sum(other["name"] == parameter.name for other in self.parameters.values())
            name = f"{parameter.name}_{number + 1}" if number else parameter.name
            self.parameters[name] = written
        return {"$ref": f"#/components/parameters/{name}"}

    def _responses(self, route: Route, example: Any) -> Json:
        operation, classes = route.operation, errors_by_status(route)
        written = {}
        for status, answer in operation.answers.items():
            written[str(status)] = self._answer(route, status, answer, example)
        if operation.is_conditional:
            written["304"] = _response("It has not changed.", ["ETag", "Last-Modified"])
        if operation.has_ranges:
            ranges = [*words.MEDIA_HEADERS, "Content-Range"]
            content = self._content(operation.answers[200])
            # a part of JSON is not JSON, so it has no schema
            written["206"] = _response("A part of it.", ranges, {kind: {} for kind in content})
            written["412"] = _response("It is not what If-Match or If-Unmodified-Since expect.", [])
            written["416"] = _response("The range is after its end.", ["Content-Range"])
        for status, kinds in classes.items():
            if str(status) in written:
                schema = written[str(status)]["content"][JSON]["schema"]
                if schema != self._error_schema:
                    written[str(status)]["content"][JSON]["schema"] = {"anyOf": [schema, self._error_schema]}
            else:
                written[str(status)] = self._error(status, kinds)
        return dict(sorted(written.items()))

    def _answer(self, route: Route, status: int, answer: Any, example: Any) -> Json:
        operation = route.operation
        headers = [*operation.headers]
        if status == 302:
            headers += ["Location"]
        elif operation.has_ranges:
            headers += words.MEDIA_HEADERS
        elif operation.is_conditional:
            headers += ["ETag"]
        if operation.sets_cookies and status < 400:
            headers += ["Set-Cookie"]
        if route.path.startswith("/api/admin/uploads/"):
            headers += ["Tus-Resumable"]
        content = None if answer is None else self._content(answer, example)
        return _response(_phrase(status), headers, content)

    def _content(self, declared: Any, example: Any = UNSET) -> Json:
        """The media of a body. The example is that of the one in JSON."""
        written: Json = {}
        for one in declared if isinstance(declared, tuple) else (declared,):
            if isinstance(one, Media):
                written[one.content_type] = self._media(one)
            elif one is not None:
                schema = self._of_type[repr(one)]
                written[JSON] = {"schema": schema} | ({} if example is UNSET else {"example": example})
        return written

    def _media(self, media: Media) -> Json:
        schema: Json = {"type": "string"}
        if media.item is not None:
            # OpenAPI 3.1 has no schema for the parts of a stream: some tools take one for a text, others for JSON
            schema = {"description": f"Each part is JSON: {self._of_type[repr(media.item)]['$ref']}."}
        elif media.example is None:
            schema = {}  # any bytes
        return {"schema": schema} | ({"example": media.example} if media.example else {})

    def _can_be_form(self, schema: Json) -> bool:
        """Whether every field may be a string, as those of forms are."""
        found = self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        fields = found.get("properties", {}).values()
        return bool(fields) and all(_takes_text(field) for field in fields)

    @property
    def _error_schema(self) -> Json:
        return self._of_type[repr(Error)]

    def _error(self, status: int, kinds: list[type[errors.VideoflixError]]) -> Json:
        """A reference to the response for these errors."""
        names = [kind.__name__ for kind in kinds] or [HTTPStatus(status).name.title().replace("_", "")]
        name = "_".join(names)
        if name not in self.responses:
            content: Json = {JSON: {"schema": self._error_schema}}
            if kinds:
                content[JSON]["examples"] = {kind.__name__: self._example(kind) for kind in kinds}
            text = " ".join(_message(kind) for kind in kinds) or _phrase(status)
            headers = ["Retry-After"] if status in (429, 503) else []
            self.responses[name] = _response(text, headers, content)
        return {"$ref": f"#/components/responses/{name}"}

    def _example(self, kind: type[errors.VideoflixError]) -> Json:
        value: Json = {"detail": _message(kind)}
        if issubclass(kind, errors.InvalidFields):
            value["fields"] = {"title": "Please enter at most 200 characters."}
        if issubclass(kind, errors.PairingError):
            value["error"] = kind.error
        self.examples[kind.__name__] = {"summary": _message(kind), "value": value}
        return {"$ref": f"#/components/examples/{kind.__name__}"}


def _response(text: str, headers: list[str], content: Json | None = None) -> Json:
    named = [*words.EVERY_RESPONSE, *dict.fromkeys(headers)]
    written: Json = {
        "description": text,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in named},
    }
    return written | ({"content": content} if content else {})


def _takes_text(schema: Json) -> bool:
    if "anyOf" in schema:
        return any(_takes_text(one) for one in schema["anyOf"])
    return "$ref" not in schema and schema.get("type", "string") == "string" and "format" not in schema


def _message(kind: type[errors.VideoflixError]) -> str:
    return cleandoc(kind.__doc__ or "")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase + "."
