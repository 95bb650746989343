"""The routes of the pages."""

from aiohttp import web

from videoflix.pages.handlers import (
    account,
    files,
    films,
    lists,
    login,
    pairing,
    profiles,
    registration,
    search,
    security,
    series,
)

PAGES = [
    web.get("/login/", login.show),
    web.post("/login/", login.log_in),
    web.get("/login/code/", login.show_again),
    web.post("/login/code/", login.log_in_with_code),
    web.post("/logout/", login.log_out),
    web.get("/pair/", pairing.show_code),
    web.post("/pair/", pairing.check),
    web.get("/connect/", pairing.show_question),
    web.post("/connect/", pairing.answer),
    web.get("/register/", registration.show_registration),
    web.post("/register/", registration.register),
    web.get("/forgot/", registration.show_forgotten),
    web.post("/forgot/", registration.request_reset),
    web.get("/pages/auth/activate.html", registration.show_activation),
    web.post("/pages/auth/activate.html", registration.activate),
    web.get("/pages/auth/confirm_password.html", registration.show_new_password),
    web.post("/pages/auth/confirm_password.html", registration.set_password),
    web.get("/", films.home),
    web.get("/film/{id}/", films.film),
    web.post("/film/{id}/list/", films.change_list),
    web.get("/watch/{id}/", films.watch),
    web.get("/series/{id}/", series.show),
    web.get("/search/", search.show),
    web.get("/category/{name}/", lists.category),
    web.get("/list/", lists.my_list),
    web.get("/history/", lists.history),
    web.post("/history/clear/", lists.forget_all),
    web.post("/history/{id}/remove/", lists.forget),
    web.get("/profiles/", profiles.show),
    web.post("/profiles/", profiles.choose),
    web.get("/account/profiles/new/", profiles.show_new),
    web.post("/account/profiles/new/", profiles.create),
    web.get("/account/profiles/{id}/", profiles.show_edit),
    web.post("/account/profiles/{id}/", profiles.change),
    web.post("/account/profiles/{id}/delete/", profiles.remove),
    web.get("/account/", account.show),
    web.post("/account/profile/", account.save_profile),
    web.post("/account/preferences/", account.save_preferences),
    web.post("/account/password/", account.change_password),
    web.get("/account/security/", security.show),
    web.post("/account/security/", security.start),
    web.post("/account/security/confirm/", security.confirm),
    web.post("/account/security/codes/", security.renew_recovery_codes),
    web.post("/account/security/off/", security.switch_off),
    web.post("/account/security/passkeys/{id}/remove/", security.remove_passkey),
    web.post("/account/devices/end/", account.end_others),
    web.post("/account/devices/{id}/end/", account.end_session),
    web.post("/account/delete/", account.remove),
    web.get("/static/vendor/{version}/{name}.js", files.vendor),
    web.get("/static/{version}/{file}", files.static),
    web.get("/favicon.ico", files.fixed),
    web.get("/manifest.webmanifest", files.fixed),
    web.get("/robots.txt", files.fixed),
    web.get("/service-worker.js", files.fixed),
    web.get("/offline/", files.offline),
]
# People type addresses without their last slash.
ROUTES = [
    *PAGES,
    *(
        web.get(route.path.rstrip("/"), files.add_slash)
        for route in PAGES
        if route.method == "GET" and route.path.endswith("/") and route.path != "/"
    ),
]
