"""The clauses of the frozen HTTP contract, in its own words, shortened."""

# --- accounts

REGISTER = (
    'POST /api/register/: 201 {"detail": "Registration successful. …", "user": {"id", "email"}}, '
    'with DEBUG also "token" and "activation_link"; extra fields are ignored'
)
NOT_REGISTERED = (
    'POST /api/register/: 400 {"detail": "Please check your inputs and try again."}; '
    'may add "fields" for what is malformed'
)
TAKEN = (
    "POST /api/register/: 400, also for an e-mail that is taken (in any letter case); "
    "no field tells that an account exists"
)
PASSWORD_RULE = "password rule: 8 to 128 characters, not all digits, not the e-mail itself"
FORMS = "forms (urlencoded, multipart) to the account routes are answered like the frozen form"
NO_SLASH = "account routes without the last slash are answered like the frozen form, without a redirect"
ACTIVATION_LINE = "with the console mail backend the log shows [ACTIVATION LINK] <url>, alone on a line"
ACTIVATION_QUERY = "mail links are FRONTEND_BASE_URL + FRONTEND_ACTIVATION_PATH + ?uid=…&token=…"
ACTIVATE = (
    'GET /api/activate/<uidb64>/<token>/: 200 {"message": "Account successfully activated."}; '
    "the same link again: the same answer"
)
NOT_ACTIVATED = 'GET /api/activate/<uidb64>/<token>/: 400 {"message": "Activation failed."}'
MAIL_TOKENS = (
    "mail tokens are bound to one purpose and are spent by use; an activation link is no password-reset link"
)

LOGIN = (
    'POST /api/login/: 200 {"detail": "Login successful", "user": {"id", "username"}} (username is the e-mail); '
    "tokens never stand in a login body"
)
COOKIES = (
    "tokens travel in HttpOnly cookies access_token and refresh_token, Path=/, SameSite=Lax by default, "
    "Max-Age = the token's lifetime"
)
READABLE = "POST /api/login/: both cookies, and a readable csrftoken cookie"
NOT_LOGGED_IN = "POST /api/login/: 401 one same answer for wrong password, unknown e-mail and inactive account"
MALFORMED_LOGIN = "POST /api/login/: 400 for a malformed body"
BEARER = "every protected route also takes Authorization: Bearer <access>"

REFRESH = (
    'POST /api/token/refresh/, empty body: 200 {"detail": "Token refreshed", "access": "<jwt>"} '
    "+ the same token as new access_token cookie"
)
REFRESH_KEEPS = "POST /api/token/refresh/: the refresh cookie is not set again"
REFRESH_MISSING = "POST /api/token/refresh/: 400 missing"
NOT_REFRESHED = (
    'POST /api/token/refresh/: 401 {"detail": "Invalid refresh token."} '
    "for garbage, expired, revoked, wrong type, deactivated user"
)

LOGOUT = (
    'POST /api/logout/, empty body: 200 {"detail": "Logout successful! …"}; an expired access token does not matter'
)
LOGOUT_DELETES = "POST /api/logout/: cookies deleted with the attributes that they were set with"
LOGOUT_MISSING = 'POST /api/logout/: 400 {"detail": "Refresh token cookie is missing."}'
LOGOUT_CLEARS = "POST /api/logout/: an invalid cookie is cleared with 200"

RESET_REQUEST = (
    'POST /api/password_reset/: 200 {"detail": "An email has been sent to reset your password."}, '
    "the same for unknown addresses"
)
MALFORMED_RESET = "POST /api/password_reset/: 400 malformed"
RESET = (
    'POST /api/password_confirm/<uidb64>/<token>/: 200 {"detail": "Your Password has been successfully reset."}; '
    "every session of the user ends"
)
NOT_RESET = (
    'POST /api/password_confirm/<uidb64>/<token>/: 400 {"detail": "Invalid or expired reset link."} '
    "or the generic detail"
)
RESET_LINE = "with the console mail backend the log shows [RESET LINK] <url>, alone on a line"
RESET_QUERY = "mail links are FRONTEND_BASE_URL + FRONTEND_PASSWORD_RESET_PATH + ?uid=…&token=…"

# --- videos

LIST = "GET /api/video/: 200, array of objects; [] if none"
LIST_CLOSED = "GET /api/video/: 401"
LIST_FIELDS = "GET /api/video/: objects with exactly id, created_at, title, description, thumbnail_url, category"
LIST_ORDER = "GET /api/video/: newest first (ties: higher id first)"
LIST_PLAYABLE = "GET /api/video/: only videos that can be played now; 480p is there for every playable video"
NEVER_NULL = "category and description are never null"
CREATED_AT = "created_at is ISO 8601 UTC with Z"
THUMBNAIL = "thumbnail_url is absolute and never null (a placeholder picture until there is one)"
MARKUP = "markup in title and description is neutralised on the way in"
GATED = "everything that shows a film's content is gated: playlists, segments, thumbnails, captions, storyboards"
MEDIA_FOLDER = "no path serves the media folder"

PLAYLIST = "GET /api/video/<id>/<resolution>/index.m3u8: 200 application/vnd.apple.mpegurl"
NO_PLAYLIST = (
    "GET /api/video/<id>/<resolution>/index.m3u8: 404 unknown id, nothing playable yet, "
    "resolution other than 480p, 720p, 1080p"
)
VERSIONS = "playlists name segments with the version of the encode (000.ts?v=3)"
QUALITIES = "720p or 1080p that the source does not reach is answered with the best rung there is"
SEGMENT = (
    "GET /api/video/<id>/<resolution>/<segment>, and the same with / at the end: "
    "200 video/MP2T, both without redirect"
)
NO_SEGMENT = "GET /api/video/<id>/<resolution>/<segment>: 404; anything but NNN.ts is 404"
STREAM_CLOSED = "GET /api/video/<id>/<resolution>/index.m3u8 and /<segment>: 401"
MASTER = (
    "GET /api/video/<id>/master.m3u8, if there is one: adaptive, "
    "BANDWIDTH, AVERAGE-BANDWIDTH, RESOLUTION, FRAME-RATE, CODECS"
)
CACHING = (
    "Cache-Control: segments with the version private, max-age=31536000, immutable, without it private, no-cache; "
    "playlists private, no-cache"
)
CONDITIONS = (
    "media answers carry ETag and Last-Modified, "
    "obey If-None-Match, If-Modified-Since, If-Range, Range (206, 416), HEAD"
)
EXPIRED = (
    "while the session (refresh cookie) is valid, a GET with an expired access token is served "
    "and gets a fresh access cookie"
)
END_OF_ACCESS = "logout, password reset and deactivation end media access within 10 s"

# --- what the frontends force

PREFLIGHT = (
    "every call is preceded by a preflight: allow Content-Type, X-CSRFToken, Range, Authorization, X-Requested-With"
)
PREFLIGHT_AGE = "every call is preceded by a preflight: send a max age"
EXPOSED = "expose Content-Range, Accept-Ranges, Content-Length, ETag"
CORS = "CORS headers (exact origin, credentials, Vary: Origin) also on 401, 404, 405, 413, 429 and 500"
JSON = (
    "every answer under /api/ that is no media is JSON with a string detail (activation: message), "
    "404, 405, 413, 429 and 500 included"
)
CROSS_SITE = "the proof against cross-site requests is Sec-Fetch-Site, else Origin, on every unsafe method"
