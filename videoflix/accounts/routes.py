"""The routes of accounts."""

from aiohttp import web

from videoflix.accounts.handlers import admin, invitations, login, me, registration, second_factor

ROUTES = [
    web.post("/api/register/", registration.register),
    web.get("/api/invitations/{token}/", invitations.show, allow_head=False),
    web.get("/api/activate/{uidb64}/{token}/", registration.activate, allow_head=False),
    web.post("/api/password_reset/", registration.request_reset),
    web.post("/api/password_confirm/{uidb64}/{token}/", registration.confirm_reset),
    web.post("/api/login/", login.login),
    web.post("/api/logout/", login.logout),
    web.post("/api/token/refresh/", login.refresh),
    web.get("/api/me/", me.show),
    web.patch("/api/me/", me.change),
    web.delete("/api/me/", me.remove),
    web.post("/api/me/password/", me.change_password),
    web.get("/api/me/sessions/", me.list_sessions),
    web.delete("/api/me/sessions/", me.end_other_sessions),
    web.delete("/api/me/sessions/{id}/", me.end_session),
    web.get("/api/me/second-factor/", second_factor.show),
    web.post("/api/me/second-factor/", second_factor.start),
    web.delete("/api/me/second-factor/", second_factor.remove),
    web.post("/api/me/second-factor/confirm/", second_factor.confirm),
    web.post("/api/me/second-factor/recovery-codes/", second_factor.renew_recovery_codes),
    web.get("/api/admin/invitations/", invitations.listing),
    web.post("/api/admin/invitations/", invitations.create),
    web.delete("/api/admin/invitations/{id}/", invitations.revoke),
    web.get("/api/admin/users/", admin.listing),
    web.post("/api/admin/users/", admin.create),
    web.patch("/api/admin/users/{id}/", admin.change),
    web.delete("/api/admin/users/{id}/", admin.remove),
    web.post("/api/admin/users/{id}/activation/", admin.send_activation),
    web.post("/api/admin/users/{id}/reset/", admin.send_reset),
    web.delete("/api/admin/users/{id}/sessions/", admin.end_sessions),
    web.delete("/api/admin/users/{id}/second-factor/", admin.remove_second_factor),
]
