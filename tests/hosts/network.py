"""Hosts as network namespaces on one bridge. The test itself is the host at which PostgreSQL and Redis run."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

import aiohttp
from msgspec import Struct

WEB_PORT = 8000
# Where `ip` and `unshare` are.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def run(*command: str) -> None:
    """Raises CalledProcessError."""
    subprocess.run(command, env={"PATH": PATH}, check=True, capture_output=True, text=True)


class Host(Struct):
    """A host on the bridge. `clock` is how many seconds its clock is ahead."""

    name: str
    namespace: str
    address: str
    clock: int
    environ: dict[str, str]
    logs: Path
    processes: list[subprocess.Popen[bytes]] = []

    def url(self, path: str) -> str:
        return f"http://{self.address}:{WEB_PORT}{path}"

    @property
    def log(self) -> str:
        return (self.logs / f"{self.name}.log").read_text()

    @property
    def enter(self) -> tuple[str, ...]:
        """The command that runs another one on this host."""
        return ("ip", "netns", "exec", self.namespace)

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[bytes]":
        """Run a command of Videoflix on this host."""
        script = f'hostname {self.name}; exec "$@"'
        command = [*self.enter, "unshare", "--uts", "sh", "-c", script, "sh"]
        lie = {
            "LD_PRELOAD": _faketime(),
            "FAKETIME": f"{self.clock:+d}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",  # the times of files are those of the shared folder
            "PYTHONPATH": str(Path(__file__).parent / "with_faketime"),
        }
        with (self.logs / f"{self.name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, sys.executable, "-m", "videoflix", *arguments],
                env={**os.environ, **self.environ, "PATH": PATH, **(lie if self.clock else {}), **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    async def serve(self) -> None:
        """Run the web server, and return when it is ready."""
        process = self.start("serve")
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                assert process.poll() is None, self.log
                with suppress(aiohttp.ClientError):
                    async with session.get(self.url("/ready")) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    def process_ids(self, word: str = "") -> list[int]:
        """The processes that run on this host; with `word`, those that have it among their arguments."""
        done = subprocess.run(
            ["ip", "netns", "pids", self.namespace], env={"PATH": PATH}, check=True, capture_output=True, text=True
        )
        return [number for number in map(int, done.stdout.split()) if not word or word in _arguments(number)]

    def kill(self) -> None:
        """The power of this host fails."""
        for number in self.process_ids():
            os.kill(number, signal.SIGKILL)

    def plug(self, *, in_: bool) -> None:
        """Cut this host off from the others, or connect it again."""
        run("ip", "link", "set", f"{self.namespace}-o", "up" if in_ else "down")

    def close(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Network(Struct):
    """The bridge, and the addresses of PostgreSQL and Redis on it."""

    bridge: str
    address: str
    environ: dict[str, str]
    logs: Path
    hosts: list[Host] = []

    def add(self, name: str, clock: int = 0, **variables: str) -> Host:
        number = len(self.hosts) + 2
        namespace, address = f"{self.bridge}{number}", f"{self.address.rpartition('.')[0]}.{number}"
        outside = f"{namespace}-o"
        run("ip", "netns", "add", namespace)
        own = {"HOST": address, "PORT": str(WEB_PORT), "WEB_PROCESSES": "1", "ALLOWED_HOSTS": "*"}
        host = Host(name, namespace, address, clock, {**self.environ, **own, **variables}, self.logs)
        self.hosts.append(host)
        run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        run("ip", "link", "set", outside, "master", self.bridge, "up")
        run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", "eth0")
        for link in ("eth0", "lo"):
            run("ip", "-n", namespace, "link", "set", link, "up")
        return host


@asynccontextmanager
async def network(environ: dict[str, str], sockets: dict[str, Path], logs: Path) -> AsyncIterator[Network]:
    """A bridge without hosts. `sockets` are those of `postgres` and `redis` that are offered on its address; without
    them hosts use those of `environ`."""
    bridge, address = f"vf{token_hex(3)}", f"10.{random.randrange(100, 200)}.{random.randrange(256)}.1"
    run("ip", "link", "add", bridge, "type", "bridge")
    made = Network(bridge, address, {}, logs)
    try:
        run("ip", "addr", "add", f"{address}/24", "dev", bridge)
        run("ip", "link", "set", bridge, "up")
        async with AsyncExitStack() as stack:
            ports = {name: await stack.enter_async_context(_offered(address, path)) for name, path in sockets.items()}
            made.environ |= environ
            if "postgres" in ports:
                made.environ |= {"DB_HOST": address, "DB_PORT": str(ports["postgres"])}
            if "redis" in ports:
                made.environ["REDIS_LOCATION"] = f"redis://{address}:{ports['redis']}/0"
            yield made
            await asyncio.to_thread(_close, made)
    finally:
        _close(made)
        run("ip", "link", "del", bridge)


def _close(network: Network) -> None:
    for host in network.hosts:
        host.close()
        with suppress(subprocess.CalledProcessError):  # it may not have been made
            run("ip", "netns", "del", host.namespace)
    network.hosts.clear()


@asynccontextmanager
async def _offered(address: str, path: Path) -> AsyncIterator[int]:
    """A port that leads to a Unix socket."""
    tasks: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            inside = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        with suppress(asyncio.CancelledError):
            await asyncio.wait(
                [asyncio.create_task(_copy(reader, inside[1])), asyncio.create_task(_copy(inside[0], writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        for each in (writer, inside[1]):
            each.close()

    server = await asyncio.start_server(pass_on, address, 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()


def _arguments(process_id: int) -> list[str]:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _faketime() -> str:
    """The library that gives a process another time."""
    return next(map(str, Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")))
