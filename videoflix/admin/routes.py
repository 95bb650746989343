"""The routes of the admin pages and their API."""

from aiohttp import web

from videoflix.admin.handlers import audit, home, jobs, pages, queues

ROUTES = [
    web.get("/api/admin/home/", home.show),
    web.get("/api/admin/checks/", home.checks),
    web.get("/api/admin/settings/", home.settings),
    web.get("/api/admin/audit/", audit.listing),
    web.get("/api/admin/jobs/", jobs.listing),
    web.get("/api/admin/jobs/films/", jobs.by_film),
    web.get("/admin/queues/", queues.page),
    web.get("/admin/queues/queues/{queue}", queues.page),
    web.get("/admin/queues/queues/{queue}/jobs/{job}", queues.page),
    web.get("/admin/queues/static/{file}", queues.static),
    web.get("/admin/queues/api/queues", queues.listing),
    web.get("/admin/queues/api/queues/{queue}", queues.detail),
    web.get("/admin/queues/api/queues/{queue}/jobs/{job}", queues.job),
    web.post("/admin/queues/api/queues/{queue}/jobs/{job}/retry", queues.retry),
    web.post("/admin/queues/api/queues/{queue}/jobs/{job}/abort", queues.abort),
    web.get("/admin", pages.add_slash),
    web.get("/admin/", pages.index),
    web.get("/admin/login/", pages.login),
    web.get("/admin/static/{file}", pages.static),
    web.get("/admin/vendor/", pages.sources),
    web.get("/admin/vendor/{name}.js", pages.vendor),
]
