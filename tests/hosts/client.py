"""A client of several hosts."""

import json
from typing import Any

import aiohttp

from tests.fixtures.services import EMAIL, PASSWORD
from tests.hosts.network import Host

Cookies = dict[str, str]


class Client:
    """Sends requests to any host with the cookies of one login."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.cookies: Cookies = {}

    async def ask(self, method: str, url: str, **options: Any) -> tuple[int, Any]:
        """The status, and the body if it is JSON."""
        async with self._session.request(method, url, cookies=self.cookies, **options) as answer:
            self.cookies |= {name: cookie.value for name, cookie in answer.cookies.items() if cookie.value}
            body = await answer.read()
            return answer.status, json.loads(body) if answer.content_type == "application/json" and body else None

    async def log_in(self, host: Host, email: str = EMAIL, password: str = PASSWORD, **more: str) -> int:
        status, _ = await self.ask(
            "POST", host.url("/api/login/"), json={"email": email, "password": password, **more}
        )
        return status
