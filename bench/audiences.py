"""A large club: what its rights cost players and the home page, and how fast a change of them counts.

200 groups, 2,000 accounts in up to four of them, and 20,000 videos, half of them for one or two groups.
"""

import random
from statistics import median
from time import perf_counter

import aiohttp

from bench.accounts import add_accounts
from bench.films import RENDITION, add_film
from bench.rate import latencies, p99
from bench.result import Result
from bench.server import Server, running_server
from bench.titles import add_titles
from bench.wrk import CONNECTIONS, load
from videoflix.db.pool import Connection

GROUPS, ACCOUNTS, FILMS = 200, 2_000, 20_000
SECONDS, RUNS = 4, 3
HOME_SECONDS, PER_SECOND, MAX_P99 = 20, 50, 0.025
MAX_SECONDS = 10.0
ADD_GROUPS = "INSERT INTO groups (name) SELECT 'Group ' || n FROM generate_series(1, $1::integer) n"
RESTRICT = "UPDATE videos SET group_ids = ARRAY[id % $1 + 1, (id * 7) % $1 + 1] WHERE id % 2 = 0"


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="2") as server:
        await add_titles(server, FILMS)
        film = await add_film(server, "Played", [1000] * 100)
        folder = f"/api/video/{film}/{RENDITION.name}"
        playlist = await _rate(server, f"{folder}/index.m3u8")
        tokens = await _fill(server)
        member = _as(server, tokens[0])
        found = [await _rates(member, folder, playlist), await _home(server, tokens)]
        async with server.database() as database, database.connection() as connection:
            await _forbid(connection, film)
            found.append(await _withdraw(member, f"{folder}/000.ts", connection))
        return found


async def _fill(server: Server) -> list[str]:
    """Groups, members and restricted films; an access token for each account. The first is in the first group."""
    chance, tokens = random.Random(GROUPS), await add_accounts(server, ACCOUNTS)
    async with server.database() as database, database.transaction() as connection:
        await connection.execute(ADD_GROUPS, GROUPS)
        members = {(1, next(iter(tokens)))} | {
            (group, user) for user in tokens for group in chance.sample(range(1, GROUPS + 1), chance.randint(0, 4))
        }
        await connection.executemany("INSERT INTO group_members (group_id, user_id) VALUES ($1, $2)", members)
        await connection.execute(RESTRICT, GROUPS)
        await connection.execute("ANALYZE")
    return list(tokens.values())


def _as(server: Server, token: str) -> Server:
    """The server for another account than the administrator."""
    return Server(server.process_id, server.url, {"Cookie": f"access_token={token}"}, server.settings)


async def _rate(server: Server, path: str) -> float:
    """Requests per second."""
    await load(server, path, 1)
    return median([(await load(server, path, SECONDS)).per_second for _ in range(RUNS)])


async def _rates(member: Server, folder: str, before: float) -> Result:
    after = await _rate(member, f"{folder}/index.m3u8")
    what = f"playlist for a member of {GROUPS} groups' server, against one without groups, {CONNECTIONS} connections"
    return Result(what, f"{after:,.0f}/s: {after / before:.2f} ×", "≥ 0.95 ×", after >= 0.95 * before)


async def _home(server: Server, tokens: list[str]) -> Result:
    """Each request is another account's, so the rows of hardly any are cached."""
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def ask(number: int) -> None:
            headers = {"Authorization": f"Bearer {tokens[number % ACCOUNTS]}"}
            async with session.get(f"{server.url}/api/home/", headers=headers) as answer:
                await answer.read()

        await latencies(ask, PER_SECOND, 2)
        times = await latencies(ask, PER_SECOND, HOME_SECONDS)
    highest = p99(times)
    return Result(
        f"/api/home/ of {FILMS:,} films for {ACCOUNTS:,} accounts at {PER_SECOND}/s, p50 and p99",
        f"{median(times) * 1000:.1f}, {highest * 1000:.1f} ms",
        f"≤ {MAX_P99 * 1000:.0f} ms",
        highest <= MAX_P99,
    )


async def _forbid(connection: Connection, film: int) -> None:
    """From now on, the film is for the first group alone."""
    await connection.execute("UPDATE videos SET group_ids = ARRAY[1] WHERE id = $1", film)


async def _withdraw(member: Server, path: str, connection: Connection) -> Result:
    """Remove all members of the first group, and ask until both processes refuse the segment."""
    async with aiohttp.ClientSession(headers={**member.cookie, "Connection": "close"}) as session:

        async def statuses() -> set[int]:
            answers = [await session.get(member.url + path) for _ in range(10)]
            return {answer.status for answer in answers}

        while await statuses() != {200}:
            continue
        await connection.execute("DELETE FROM group_members WHERE group_id = 1")
        begin = perf_counter()
        while await statuses() != {404}:
            continue
    seconds = perf_counter() - begin
    return Result(
        "a member who is removed gets no more segments, on two web processes, after",
        f"{seconds:.1f} s",
        f"≤ {MAX_SECONDS:.0f} s",
        seconds <= MAX_SECONDS,
    )
