"""SAQ's dashboard of both queues, at /admin/queues/: its page, scripts and styles as they lie in the package, its
routes and its JSON as ours.

It shows jobs as Redis has them, which only carry the news that a row waits (/api/admin/jobs/ lists the rows): what is
aborted here is taken up again by a later sweep.
"""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from aiohttp import web
from saq.job import Job
from saq.queue.redis import RedisQueue
from saq.web.common import STATIC_PATH, job_dict, render

from videoflix.accounts.queries import audit
from videoflix.accounts.resources import SESSION
from videoflix.errors import NotFound
from videoflix.http import bodies
from videoflix.http.access import admin
from videoflix.http.resources import DATABASE, QUEUES
from videoflix.queue.queues import MAIL, TRANSCODE, answering

MAX_JOBS = 100
PACKED = ("pico.min.css", "snabbdom.js")
# What its script gets wrong here: a link forgets the prefix, and our errors have another name.
MENDED = {
    '"/queues/" + job.queue': 'root_path + "/queues/" + job.queue',
    "data.error ? error_view(data.error)": "data.error || data.detail ? error_view(data.error || data.detail)",
}


def _mended(script: str) -> str:
    for wrong, right in MENDED.items():
        script = script.replace(wrong, right)
    return script


def _policy(page: str) -> str:
    """As strict as its page allows: that has one script inside, which is known by its hash, and pictures inside its
    styles."""
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    known = b64encode(sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{known}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


# Without an icon of its own a browser asks for one where there is none.
ICON = '<link rel="icon" href="/admin/static/icon.svg">'
PAGE = render(root_path="/admin/queues").replace("</head>", f"{ICON}</head>")
SCRIPT = _mended((STATIC_PATH / "app.js").read_text())
HEADERS = {
    "Content-Security-Policy": _policy(PAGE),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@admin
async def page(request: web.Request) -> web.Response:
    """One for all addresses; its script looks at which it is."""
    return web.Response(text=PAGE, content_type="text/html", headers=HEADERS)


@admin
async def static(request: web.Request) -> web.StreamResponse:
    """Scripts and styles. They lie there packed, and FileResponse knows how to send that."""
    name = request.match_info["file"]
    if name == "app.js":
        return web.Response(text=SCRIPT, content_type="text/javascript")
    if name not in PACKED:
        raise NotFound
    return web.FileResponse(STATIC_PATH / name)


@admin
async def listing(request: web.Request) -> web.Response:
    with answering():
        return bodies.answer({"queues": [await request.app[QUEUES][name].info() for name in (MAIL, TRANSCODE)]})


@admin
async def detail(request: web.Request) -> web.Response:
    """A queue with its workers and jobs. Their arguments are the numbers of rows."""
    with answering():
        told = await _queue(request).info(jobs=True, limit=MAX_JOBS)
    for one in told["jobs"]:
        one["kwargs"] = repr(one.get("kwargs"))
    return bodies.answer({"queue": told})


@admin
async def job(request: web.Request) -> web.Response:
    with answering():
        return bodies.answer({"job": job_dict(await _job(request))})


@admin
async def retry(request: web.Request) -> web.Response:
    async with _ordered(request, "queue.retry") as found:
        await found.retry("retried by an administrator")
    return bodies.answer({})


@admin
async def abort(request: web.Request) -> web.Response:
    async with _ordered(request, "queue.abort") as found:
        await found.abort("aborted by an administrator")
    return bodies.answer({})


@asynccontextmanager
async def _ordered(request: web.Request, action: str) -> AsyncIterator[Job]:
    """A job about which something is done now, and written down. Raises NotFound or QueueUnavailable."""
    with answering():
        found = await _job(request)
    async with request.app[DATABASE].transaction() as connection:
        target = f"queue:{request.match_info['queue']}"
        await audit.record(connection, request[SESSION].user_id, action, target, found.key)
        with answering():
            yield found


async def _job(request: web.Request) -> Job:
    """Raises NotFound, also for what has been over for ten minutes."""
    found = await _queue(request).job(request.match_info["job"])
    if found is None:
        raise NotFound("The queue does not know this job, or not any more.")
    return found


def _queue(request: web.Request) -> RedisQueue:
    """Raises NotFound."""
    name = request.match_info["queue"]
    if name not in (MAIL, TRANSCODE):
        raise NotFound
    return request.app[QUEUES][name]
