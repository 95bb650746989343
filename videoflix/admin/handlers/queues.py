"""The SAQ dashboard for both queues, at /admin/queues/. Page, scripts and styles come from the saq package; the
routes and the JSON are implemented here.

It shows the jobs in Redis, which only signal that a row is due. /api/admin/jobs/ lists the rows: an aborted job is
enqueued again by a later sweep.
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

from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.queries import audit
from videoflix.accounts.resources import SESSION
from videoflix.errors import NotFound
from videoflix.http import bodies
from videoflix.http.access import admin
from videoflix.http.resources import DATABASE, QUEUES
from videoflix.queue.queues import MAIL, TRANSCODE, answering

MAX_JOBS = 100
STATIC_FILES = ("pico.min.css", "snabbdom.js")
# Fixes for its script: a link lacks the prefix, and our API reports errors as `detail`.
PATCHES = {
    '"/queues/" + job.queue': 'root_path + "/queues/" + job.queue',
    "data.error ? error_view(data.error)": "data.error || data.detail ? error_view(data.error || data.detail)",
}


def _patched(script: str) -> str:
    for old, new in PATCHES.items():
        script = script.replace(old, new)
    return script


def _policy(page: str) -> str:
    """As strict as the page allows: one inline script, allowed by its hash, and `data:` images in styles."""
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


# Without it, browsers request /favicon.ico.
ICON = '<link rel="icon" href="/admin/static/icon.svg">'
PAGE = render(root_path="/admin/queues").replace("</head>", f"{ICON}</head>")
SCRIPT = _patched((STATIC_PATH / "app.js").read_text())
HEADERS = {
    "Content-Security-Policy": _policy(PAGE),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@admin
async def page(request: web.Request) -> web.Response:
    """The same page for all addresses; its script does the routing."""
    return web.Response(text=PAGE, content_type="text/html", headers=HEADERS)


@admin
async def static(request: web.Request) -> web.StreamResponse:
    """Scripts and styles. FileResponse finds the files that the package contains only compressed."""
    name = request.match_info["file"]
    if name == "app.js":
        return web.Response(text=SCRIPT, content_type="text/javascript")
    if name not in STATIC_FILES:
        raise NotFound
    return web.FileResponse(STATIC_PATH / name)


@admin
async def listing(request: web.Request) -> web.Response:
    with answering():
        return bodies.answer({"queues": [await request.app[QUEUES][name].info() for name in (MAIL, TRANSCODE)]})


@admin
async def detail(request: web.Request) -> web.Response:
    """A queue with its workers and jobs. The arguments of jobs are ids of rows."""
    with answering():
        info = await _queue(request).info(jobs=True, limit=MAX_JOBS)
    for one in info["jobs"]:
        one["kwargs"] = repr(one.get("kwargs"))
    return bodies.answer({"queue": info})


@admin
async def job(request: web.Request) -> web.Response:
    with answering():
        return bodies.answer({"job": job_dict(await _job(request))})


@admin
async def retry(request: web.Request) -> web.Response:
    async with _audited_job(request, "queue.retry") as found:
        await found.retry("retried by an administrator")
    return bodies.answer({})


@admin
async def abort(request: web.Request) -> web.Response:
    async with _audited_job(request, "queue.abort") as found:
        await found.abort("aborted by an administrator")
    return bodies.answer({})


@asynccontextmanager
async def _audited_job(request: web.Request, action: AuditAction) -> AsyncIterator[Job]:
    """A job to change, with an entry in the audit log. Raises NotFound or QueueUnavailable."""
    with answering():
        found = await _job(request)
    async with request.app[DATABASE].transaction() as connection:
        target = f"queue:{request.match_info['queue']}"
        await audit.record(connection, request[SESSION].user_id, action, target, found.key)
        with answering():
            yield found


async def _job(request: web.Request) -> Job:
    """Raises NotFound, also for jobs that ended more than ten minutes ago."""
    found = await _queue(request).job(request.match_info["job"])
    if found is None:
        raise NotFound("This job is not in the queue. Jobs are removed ten minutes after they end.")
    return found


def _queue(request: web.Request) -> RedisQueue:
    """The queue in the path. Raises NotFound."""
    name = request.match_info["queue"]
    if name not in (MAIL, TRANSCODE):
        raise NotFound
    return request.app[QUEUES][name]
