"""The routes of watching."""

from aiohttp import web

from videoflix.watching.handlers import films, lists, own_data, progress, series, statistics

ROUTES = [
    web.get("/api/home/", films.home),
    web.get("/api/films/", films.listing),
    web.get("/api/search/", films.find),
    web.get("/api/series/", series.listing),
    web.get("/api/series/{id}/", series.show),
    web.get("/api/admin/statistics/videos/{id}/", statistics.of_video),
    web.get("/api/admin/statistics/videos/{id}.csv", statistics.of_video_as_csv),
    web.get("/api/admin/statistics/users/{id}/", statistics.of_user),
    web.get("/api/admin/statistics/users/{id}.csv", statistics.of_user_as_csv),
    web.get("/api/admin/statistics/groups/{id}/", statistics.of_group),
    web.get("/api/admin/statistics/groups/{id}.csv", statistics.of_group_as_csv),
    web.get("/api/me/progress/{id}/", progress.show),
    web.put("/api/me/progress/{id}/", progress.report),
    web.delete("/api/me/progress/{id}/", progress.forget),
    web.put("/api/me/watched/{id}/", progress.mark_watched),
    web.delete("/api/me/watched/{id}/", progress.mark_unwatched),
    web.get("/api/me/export/", own_data.download),
    web.get("/api/me/continue/", lists.continuing),
    web.delete("/api/me/continue/{id}/", lists.hide),
    web.get("/api/me/history/", lists.history),
    web.delete("/api/me/history/", lists.forget_all),
    web.delete("/api/me/history/{id}/", progress.forget),
    web.get("/api/me/list/", lists.my_list),
    web.put("/api/me/list/{id}/", lists.add),
    web.delete("/api/me/list/{id}/", lists.remove),
]
