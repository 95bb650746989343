"""What the document says that no route declares: its introduction, groups of routes, headers, parts of paths."""

from typing import Any

from videoflix.http.operations import Parameter, header

Json = dict[str, Any]

INFO: Json = {
    "title": "Videoflix",
    "version": "0.1.0",
    "license": {"name": "MIT", "identifier": "MIT"},
    "summary": "Self-hosted video on demand.",
    "description": """\
Answers are JSON, apart from media. An error has a string `detail` and the matching status; invalid fields are listed
in `fields`. Times are ISO 8601, durations and positions are in seconds.

`POST /api/login/` sets the cookies that the other routes need. Each of them also takes the access token as
`Authorization: Bearer …`. A `GET` with an expired access token is answered while the session is valid, and sets a new
`access_token` cookie.

A `GET` may be asked as `HEAD`, except for the routes of accounts, events and uploads that name no `HEAD`. Routes
outside of `/api/admin/` are also answered without the slash at their end. Requests of browsers that come from another
site are refused with 403, unless its origin is allowed.
""",
}

TAGS = {
    "Accounts": "Registration, login and the own account.",
    "Videos": "What there is to watch.",
    "Streaming": "Playlists, segments, thumbnails and captions, as players load them.",
    "Watching": "Lists, searches, and what the viewer has watched.",
    "Administration: accounts": "Accounts, groups and invitations.",
    "Administration: videos": "Videos, series, guest links, import and export. Texts are plain, not HTML-escaped.",
    "Administration: uploads": "The tus protocol 1.0.0 (https://tus.io), and the state of uploads.",
    "Administration: statistics": "Who has watched what.",
    "Administration: jobs": "What runs, and who changed what.",
    "Monitoring": "For load balancers and Prometheus.",
    "Reference": "This document.",
}
OF_DOMAIN = {
    "accounts": "Accounts",
    "library": "Videos",
    "streaming": "Streaming",
    "watching": "Watching",
    "monitoring": "Monitoring",
    "reference": "Reference",
}
OF_ADMIN = {
    "accounts": "Administration: accounts",
    "library": "Administration: videos",
    "uploads": "Administration: uploads",
    "watching": "Administration: statistics",
    "admin": "Administration: jobs",
}


def tag(module: str, path: str) -> str:
    """The group of a route whose handler is in this module."""
    domain = module.split(".")[1]
    return (OF_ADMIN if path.startswith("/api/admin/") else OF_DOMAIN)[domain]


SECURITY: Json = {
    "access_token": {
        "type": "apiKey",
        "in": "cookie",
        "name": "access_token",
        "description": "The access token, set by a login. HttpOnly; 45 minutes by default.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token, as `POST /api/token/refresh/` returns it.",
    },
    "refresh_token": {
        "type": "apiKey",
        "in": "cookie",
        "name": "refresh_token",
        "description": "The refresh token, set by a login. HttpOnly; one day by default.",
    },
}


def _header(description: str, example: Any, *, required: bool = False, **schema: Any) -> Json:
    return {
        "description": description,
        "required": required,
        "schema": {"type": "string", **schema},
        "example": example,
    }


EVERY_RESPONSE = ("X-Request-ID", "Cache-Control", "Vary", "X-Content-Type-Options")
MEDIA_HEADERS = ["ETag", "Last-Modified", "Accept-Ranges"]
HEADERS: Json = {
    "X-Request-ID": _header("How the log of the server names the request.", "8f2a61c0de-1f", required=True),
    "Cache-Control": _header("`no-store`, unless the answer may be kept.", "no-store", required=True),
    "Vary": _header("The headers of the request that decide about the answer.", "Origin", required=True),
    "X-Content-Type-Options": _header("Always `nosniff`.", "nosniff", required=True, const="nosniff"),
    "ETag": _header("Identifies the content.", '"3f6c2a9d01b74e5f8a2c4d6e"', required=True),
    "Last-Modified": _header("When the content was changed.", "Sat, 31 Jan 2026 18:30:00 GMT"),
    "Accept-Ranges": _header("Parts can be requested.", "bytes", const="bytes"),
    "Content-Range": _header("Which part this is, and of how many bytes.", "bytes 0-1023/734003200", required=True),
    "Content-Disposition": _header("The name of the file.", 'attachment; filename="videoflix.csv"', required=True),
    "Retry-After": _header("After how many seconds to try again.", "5", required=True, pattern="^[0-9]+$"),
    "Set-Cookie": _header("The cookies of the session.", "access_token=eyJhbGciOi; HttpOnly; Path=/; SameSite=Lax"),
    "Location": _header(
        "The address of the file, or of what was created.", "/api/admin/uploads/0b8f6f0e-6d0a-4c9e-8a59-2f7f3f1c5a11/"
    ),
    "Tus-Resumable": _header("The version of the upload protocol.", "1.0.0", required=True, const="1.0.0"),
    "Tus-Version": _header("The versions that are supported.", "1.0.0"),
    "Tus-Extension": _header("The extensions that are supported.", "creation,termination"),
    "Tus-Checksum-Algorithm": _header("The algorithms for checksums.", "sha1,md5,sha256"),
    "Tus-Max-Size": _header("The maximum size of an upload in bytes, if there is one.", "107374182400"),
    "Upload-Offset": _header("How many bytes are stored.", "1048576", pattern="^[0-9]+$"),
    "Upload-Length": _header("The size of the upload in bytes.", "734003200", pattern="^[0-9]+$"),
    "Upload-Metadata": _header("The metadata as the client has sent it.", "filename aG9saWRheS5ta3Y="),
    "Upload-Expires": _header("Until when the upload can be continued.", "Sat, 07 Feb 2026 18:30:00 GMT"),
}

CONDITIONAL_PARAMETERS = [
    header("If-None-Match", "ETags of copies that the client has.", '"3f6c2a9d01b74e5f8a2c4d6e"'),
]
RANGE_PARAMETERS = [
    *CONDITIONAL_PARAMETERS,
    header("If-Modified-Since", "The Last-Modified of a copy.", "Sat, 31 Jan 2026 18:30:00 GMT"),
    header("If-Range", "The ETag of the copy that the range completes.", '"3f6c2a9d01b74e5f8a2c4d6e"'),
    header("Range", "The part to send.", "bytes=0-1023"),
]

# Parts of paths that are secrets and no ids: a wrong one has an answer of its own.
TOKENS = {"uidb64", "token"}
ID: Json = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
# Whose id follows this part of a path.
NOUNS = {
    "episodes": "video",
    "groups": "group",
    "guest-links": "guest link",
    "invitations": "invitation",
    "passkeys": "passkey",
    "profiles": "profile",
    "series": "series",
    "users": "account",
}


def path_parameter(path: str, name: str) -> Parameter:
    """A part of a path that its handler does not declare."""
    if name == "uidb64":
        description, schema, example = "The id of the account in base64.", {"type": "string", "minLength": 1}, "Nw"
    elif name == "token":
        description, schema, example = "The token of the link.", {"type": "string", "minLength": 1}, "Zk3x"
    elif name == "number":
        description, schema, example = "The id of captions.", ID, "1"
    else:
        before = path.partition(f"/{{{name}}}")[0].rpartition("/")[2]
        noun = NOUNS.get(before, "video")
        article = "an" if noun[0] in "aeiou" else "a"
        description, schema, example = f"The id of {article} {noun}.", ID, "1"
    value: Any = 1 if schema is ID else example
    return Parameter(name=name, description=description, schema=schema, example=value, place="path")
