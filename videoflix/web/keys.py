"""What handlers find on the application and on a request."""

from aiohttp import web

from videoflix.db.pool import Database
from videoflix.jobs.queue import Queues
from videoflix.limits import Limits
from videoflix.models import Number, Session
from videoflix.settings import Settings
from videoflix.storage import Storage
from videoflix.tokens import Keyring
from videoflix.uploads import Dock
from videoflix.web.admin.shell import Shell
from videoflix.web.bodies import Bodies
from videoflix.web.files import OpenFiles
from videoflix.web.fresh import Fresh
from videoflix.web.guard import Guard
from videoflix.web.hashing import Hashing
from videoflix.web.library import Library
from videoflix.web.life import Life
from videoflix.web.live import Live
from videoflix.web.tally import Tally

SETTINGS = web.AppKey("settings", Settings)
KEYRING = web.AppKey("keyring", Keyring)
STORAGE = web.AppKey("storage", Storage)
DATABASE = web.AppKey("database", Database)
QUEUES = web.AppKey("queues", Queues)
HASHING = web.AppKey("hashing", Hashing)
LIMITS = web.AppKey("limits", Limits)
GUARD = web.AppKey("guard", Guard)
FILES = web.AppKey("files", OpenFiles)
LIBRARY = web.AppKey("library", Library)
LIVE = web.AppKey("live", Live)
SHELL = web.AppKey("shell", Shell)
DOCK = web.AppKey("dock", Dock)
BODIES = web.AppKey("bodies", Bodies)

LIFE = web.AppKey("life", Life)
TALLY = web.AppKey("tally", Tally)
NUMBERS = web.AppKey("numbers", Fresh[str, list[Number]])

SESSION = web.RequestKey("session", Session)
