"""Makes an example of each type from its schema, with values that suit the names of the fields."""

from typing import Any

# By the name of a field, whatever type it is in. Others get a value of their type.
VALUES: dict[str, Any] = {
    "access": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl",
    "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl",
    "action": "video.edit",
    "activation_link": "https://films.example.org/pages/auth/activate.html?uid=Nw&token=Zk3x",
    "address": "192.0.2.7",
    "average_bandwidth": 1_200_000,
    "bandwidth": 1_800_000,
    "browser": "Firefox",
    "bytes": 734_003_200,
    "caption_background": "dark",
    "caption_size": "medium",
    "category": "Family",
    "code": "492039",
    "codecs": "avc1.64001f,mp4a.40.2",
    "confirm_password": "correct horse battery",
    "confirmed_password": "correct horse battery",
    "current": True,
    "description": "Two weeks at the sea.",
    "detail": "Done.",
    "device": "Firefox on Windows",
    "device_code": "N1fTq6b0d8kW0mU6vJ2w",
    "duration": 5400.0,
    "email": "ada@example.org",
    "email_backend": "smtp",
    "expires_in": 600,
    "filename": "holiday.mkv",
    "height": 720,
    "interval": 5,
    "invitation": None,
    "kind": "full",
    "label": "Holiday",
    "language": "de",
    "length": 734_003_200,
    "link": "https://films.example.org/register/?invitation=Zk3x",
    "master_url": "https://films.example.org/api/video/1/master.m3u8",
    "max": 8,
    "max_age": 18,
    "message": "Account successfully activated.",
    "min_age": 12,
    "name": "Ada",
    "new_password": "correct horse battery",
    "next": None,
    "note": "For grandmother",
    "offset": 1_048_576,
    "old_password": "incorrect horse battery",
    "original_bytes": 734_003_200,
    "password": "correct horse battery",
    "picture": "amber",
    "pin": "4711",
    "position": 1312.4,
    "progress": 0.25,
    "recovery_codes": 10,
    "registration": "invite",
    "resolution": "720p",
    "resolutions": ["480p", "720p"],
    "resume_at": 1312.4,
    "secret": "JBSWY3DPEHPK3PXP",
    "seen": 0.24,
    "series_title": "Holidays",
    "session": "b7d2",
    "speed": 4.2,
    "storyboard_url": "https://films.example.org/api/video/1/storyboard.vtt",
    "system": "Windows",
    "target": "video:1",
    "thumbnail_colour": "#2040c0",
    "thumbnail_url": "https://films.example.org/api/video/1/thumbnail.jpg?v=1",
    "thumbnail_width": 1280,
    "title": "Holiday",
    "token_type": "Bearer",
    "url": "https://films.example.org/api/video/1/720p/index.m3u8",
    "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "user_code": "WDJB-MJHT",
    "username": "ada@example.org",
    "verification_uri": "https://films.example.org/connect/",
    "verification_uri_complete": "https://films.example.org/connect/?code=WDJB-MJHT",
    "who": "ada@example.org",
    "width": 1280,
}
FORMATS = {"date-time": "2026-01-31T18:30:00Z", "uuid": "0b8f6f0e-6d0a-4c9e-8a59-2f7f3f1c5a11"}
OF_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": False}
CLASSES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "null": type(None),
}

Json = dict[str, Any]


def add_examples(schemas: dict[str, Json]) -> None:
    """Give each object an example. Schemas refer to each other by name."""
    made = {name: _example(schema, schemas) for name, schema in schemas.items() if "properties" in schema}
    for name, example in made.items():
        schemas[name]["examples"] = [example]


def _example(schema: Json, schemas: dict[str, Json], name: str = "") -> Any:
    value = VALUES.get(name)
    if name in VALUES and _fits(value, schema):
        return value
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return _example(next(one for one in schema["anyOf"] if one.get("type") != "null"), schemas, name)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {key: _example(field, schemas, key) for key, field in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(item, schemas) for item in schema.get("prefixItems") or [schema["items"]]]
    return _plain(schema)


def _plain(schema: Json) -> Any:
    """A value of a type without parts."""
    kind = schema.get("type", "string")
    if kind == "object":
        return {}
    if kind in ("integer", "number"):
        return max(OF_TYPE[kind], schema.get("minimum", 0))
    return FORMATS.get(schema.get("format", ""), OF_TYPE[kind])


def _fits(value: Any, schema: Json) -> bool:
    """Whether a value has the type of a field."""
    if "anyOf" in schema:
        return any(_fits(value, one) for one in schema["anyOf"])
    kind = CLASSES.get(schema.get("type", ""))
    if "$ref" in schema or kind is None or isinstance(value, bool) != (kind is bool):
        return False
    return isinstance(value, kind) and value in schema.get("enum", [value])
