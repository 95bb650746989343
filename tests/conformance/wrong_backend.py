"""A backend that disagrees with every case of the suite, and still lets it log in, read mails and find films."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from conformance.backend import uid_of

FILMS = [
    {
        "id": film_id,
        "created_at": f"2026-01-0{film_id}T12:00:00+00:00",
        "title": "<b>Film</b>",
        "description": None,
        "thumbnail_url": "/media/thumbnails/1.jpg",
        "video_file": "1.mp4",
    }
    for film_id in (1, 2)
]
PLAYLIST = "#EXT-X-VERSION:3\n#EXTINF:6,\n000.ts\n#EXT-X-ENDLIST\n"
VALIDATORS = {"ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 12:00:00 GMT"}


class WrongBackend:
    """Accounts by their e-mail address. Mails are written into a file."""

    def __init__(self, mails: Path) -> None:
        self.mails = mails
        self.passwords: dict[str, str] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.on_response_prepare.append(_allow_everybody)
        app.add_routes(
            [
                web.post("/api/register/", self.register),
                web.get("/api/activate/{uid}/{token}/", self.activate),
                web.post("/api/login/", self.log_in),
                web.post("/api/logout/", self.log_out),
                web.post("/api/token/refresh/", self.refresh),
                web.post("/api/password_reset/", self.request_reset),
                web.post("/api/password_confirm/{uid}/{token}/", self.reset),
                web.get("/api/video/", self.videos),
                web.get("/api/video/1/master.m3u8", self.master),
                web.get("/api/video/1/{resolution:(?!720p).*}/index.m3u8", self.playlist, allow_head=False),
                web.get("/api/video/1/480p/{name:(?!index.m3u8)[^/]+}", self.segment, allow_head=False),
                web.get("/api/video/1/480p/{name}/", self.add_no_slash),
                web.get("/media/{path:.*}", self.media),
            ]
        )
        return app

    async def register(self, request: web.Request) -> web.Response:
        """Takes any JSON object, and tells that an account exists."""
        body = await _json(request)
        email = body["email"].lower()
        if email in self.passwords:
            return web.json_response({"detail": "There is such an account."}, status=400)
        self.passwords[email] = body.get("password", "")
        user_id = len(self.passwords)
        self._mail(user_id, "activation")
        return web.json_response({"user": {"id": user_id}, "id": user_id})

    async def activate(self, request: web.Request) -> web.Response:
        """Knows ids, whatever the token is."""
        if request.match_info["uid"] in map(uid_of, range(1, len(self.passwords) + 1)):
            return web.json_response({"detail": "Done."})
        return web.json_response({"detail": "Unknown."}, status=404)

    async def log_in(self, request: web.Request) -> web.Response:
        body = await _json(request)
        password = self.passwords.get(body["email"])
        if password is None or password != body["password"]:
            response = web.json_response(
                {"detail": f"Wrong {'address' if password is None else 'password'}."}, status=401
            )
            response.set_cookie("refresh_token", "a session")
            return response
        response = web.json_response({"detail": "Login successful", "access": "a session"})
        response.set_cookie("csrftoken", "1", httponly=True)
        for name in ("access_token", "refresh_token"):
            response.set_cookie(name, "a session", path="/api/")
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def refresh(self, request: web.Request) -> web.Response:
        if "Origin" in request.headers:
            raise web.HTTPForbidden
        if "refresh_token" not in request.cookies or request.cookies["refresh_token"] != "a session":
            return web.json_response({"detail": "No."}, status=401)
        response = web.json_response({"detail": "Token refreshed", "access": "a session", "refresh": "a session"})
        response.set_cookie("refresh_token", "a session")
        return response

    async def request_reset(self, request: web.Request) -> web.Response:
        """Tells which addresses have an account."""
        addresses = list(self.passwords)
        email = (await _json(request))["email"]
        if email not in addresses:
            raise web.HTTPNotFound
        self._mail(addresses.index(email) + 1, "reset")
        return web.json_response({"detail": "Sent."})

    async def reset(self, request: web.Request) -> web.Response:
        """Agrees to everything and changes nothing."""
        return web.json_response({"detail": "Done."})

    async def videos(self, request: web.Request) -> web.Response:
        if request.cookies.get("access_token") != "a session":
            raise web.HTTPForbidden
        return web.json_response(FILMS, content_type="text/json")

    async def playlist(self, request: web.Request) -> web.Response:
        return web.Response(text=PLAYLIST, content_type="audio/x-mpegurl", headers=VALIDATORS)

    async def master(self, request: web.Request) -> web.Response:
        return web.Response(text="#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n480p/index.m3u8\n")

    async def segment(self, request: web.Request) -> web.Response:
        """For everybody, but with a Bearer."""
        if "Authorization" in request.headers:
            raise web.HTTPForbidden
        return web.Response(body=b"segment" * 9, headers={"ETag": '"2"'})

    async def add_no_slash(self, request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(quote(request.path.rstrip("/")))

    async def media(self, request: web.Request) -> web.Response:
        return web.Response(text="a picture")

    def _mail(self, user_id: int, purpose: str) -> None:
        with self.mails.open("a") as file:
            file.write(f"To confirm: https://films.example.org/{purpose}/{uid_of(user_id)}/{purpose}-{user_id}/\n")


async def _json(request: web.Request) -> dict[str, Any]:
    """Raises a text/plain error for forms and for other JSON than objects."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPUnprocessableEntity from None
    if not isinstance(body, dict) or "email" not in body:
        raise web.HTTPUnprocessableEntity
    return body


async def _allow_everybody(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"
