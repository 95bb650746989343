"""Uses the codes of second factors within their limit."""

from aiohttp import web

from videoflix.accounts import second_factor
from videoflix.accounts.limits import Limit
from videoflix.accounts.resources import LIMITS
from videoflix.errors import VideoflixError
from videoflix.http.resources import DATABASE, SETTINGS


async def use_code(request: web.Request, user_id: int, code: str, failure: type[VideoflixError]) -> None:
    """Use a code of the app, or a recovery code. Failures are counted by account, whatever the address: whoever gets
    here knows the password. Raises TooManyRequests, or `failure` if the code is not valid."""
    async with request.app[LIMITS].count_failures(failure, code_limit(request, user_id)):
        if not await second_factor.use_code(request.app[DATABASE], user_id, code):
            raise failure


def code_limit(request: web.Request, user_id: int) -> Limit:
    return Limit("second_factor", request.app[SETTINGS].limit_second_factor, (str(user_id),))
