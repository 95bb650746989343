"""Imports go down only: the house has floors, and this is the plan of them."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "videoflix"

FLOORS = [
    {"settings", "errors", "models", "cores", "request_id", "weak_passwords"},
    {
        "tokens",
        "passwords",
        "ladder",
        "units",
        "playlist",
        "storyboard",
        "metadata",
        "emails",
        "adts",
        "languages",
        "charsets",
        "webvtt",
        "tables",
        "nfo",
        "tus",
        "containers",
        "caption_names",
        "substation",
    },
    {
        "db",
        "storage",
        "ffmpeg",
        "mailer",
        "limits",
        "children",
        "staging",
        "incoming",
        "encryption",
        "durable",
        "diskerrors",
    },
    {"jobs", "intake", "admins", "inventory", "orphans", "uploads", "receiving"},
    {"web"},
    {
        "__main__",
        "commands",
        "configuration",
        "composehosts",
        "embedded",
        "pgserver",
        "pgcluster",
        "redisserver",
        "secretfile",
        "stack",
        "logs",
        "prefork",
        "programs",
    },
]
FLOOR = {room: number for number, job_context in enumerate(FLOORS) for room in job_context}
NEVER = {0: {"aiohttp"}, 1: {"aiohttp", "asyncpg", "redis"}, 2: {"aiohttp"}, 3: {"aiohttp"}}
STDLIB_AND = {"msgspec"}

MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def _imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse((PACKAGE / path).read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _room(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_go_down_only(path: Path) -> None:
    room = _room(path)
    for name in _imports(path):
        first, *rest = name.split(".")
        assert first not in NEVER.get(FLOOR[room], set()), f"{path} imports {name}"
        if first == "videoflix" and rest:
            other = rest[0]
            assert other == room or FLOOR[other] <= FLOOR[room], f"{path} imports {name}: that is upstairs"
            if room == "web" and other == "jobs":
                assert rest[1] == "queue", f"{path} imports {name}: of the jobs the web knows the queue alone"
            assert not (room == "web" and other == "ffmpeg"), f"{path} imports {name}: the web does not encode"


def test_every_module_begins_with_what_it_is_for() -> None:
    for path in MODULES:
        assert ast.get_docstring(ast.parse((PACKAGE / path).read_text())), path
