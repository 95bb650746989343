"""Logs in without pause from many clients, in a process of its own. Its last line is the logins per second.

usage: python -m bench.login_load URL EMAIL PASSWORD CLIENTS SECONDS
"""

import asyncio
import sys
from time import perf_counter

import aiohttp


async def run(url: str, email: str, password: str, clients: int, seconds: float) -> float:
    """Return the logins per second. Raises aiohttp.ClientError if a login fails."""
    body = {"email": email, "password": password}
    begin = perf_counter()

    async def client() -> int:
        logins = 0
        while perf_counter() < begin + seconds:
            async with session.post(f"{url}/api/login/", json=body) as answer:
                await answer.read()
            logins += 1
        return logins

    jar = aiohttp.DummyCookieJar()
    connector = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector, raise_for_status=True) as session:
        logins = sum(await asyncio.gather(*(client() for _ in range(clients))))
    return logins / (perf_counter() - begin)


def main() -> int:
    url, email, password, clients, seconds = sys.argv[1:]
    print("begins", flush=True)
    try:
        print(asyncio.run(run(url, email, password, int(clients), float(seconds))))
    except aiohttp.ClientError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
