"""The layers of docs/architecture.md, checked for every module: imports go down, or stay in their domain."""

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "videoflix"

# From the lowest to the highest. The longest matching name decides, as for server.children.
LAYERS = [
    {
        "settings",
        "delivery_settings",
        "setting_types",
        "setting_variables",
        "setting_rules",
        "weak_passwords",
        "durable",
        "errors",
        "ids",
        "loopback",
        "rate",
        "cores",
        "request_id",
        "translations",
        "ttl_cache",
    },
    {"db"}
    | {f"server.{name}" for name in ("children", "logs", "pgserver", "embedded", "pgcluster", "redisserver")}
    | {"server.secretfile", "server.descriptors"},
    {"queue"},
    {"storage"},
    {"http"},
    {"accounts"},
    {"library", "monitoring"},
    {"encoding"},
    {"checks", "streaming", "uploads", "watching"},
    {"admin", "pages", "reference"},
    {"app", "routes", "worker", "schema", "server", "backup"},
    {"cli", "__main__"},
]
# In these layers all modules may import each other: they are not domains.
SHARED = (LAYERS[0], LAYERS[1], LAYERS[-2], LAYERS[-1])
# What may run ffmpeg: encoding, the commands, and the inspection of incomplete uploads.
RUN_FFMPEG = ("encoding", "cli", "uploads.inspection", "uploads.finishing")
# The modules of a domain that may import aiohttp, by the first name inside it.
OF_HTTP = {"handlers", "resources", "routes"}
# Other modules that may import aiohttp: for sending files, receiving bodies and logging requests.
SPEAK_HTTP = {
    *(
        "accounts.auth",
        "accounts.session_cookies",
        "streaming.files",
        "uploads.bodies",
        "monitoring.access_log",
        "monitoring.request_metrics",
    ),
    *("app", "routes", "server.connections", "server.prefork", "server.runner"),
}

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def _name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


KNOWN = {_name(path) for path in MODULES}


def _layer(module: str) -> tuple[int, str]:
    """The index of the module's layer, and its domain."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        for number, names in enumerate(LAYERS):
            if name in names:
                return number, parts[0]
    raise AssertionError(f"{module} is in no layer")


@cache
def _imports(path: Path) -> set[str]:
    """The modules that it imports, also within functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {one if one.removeprefix("videoflix.") in KNOWN else str(node.module) for one in inside}
    return names


def _ours(path: Path) -> set[str]:
    return {name.removeprefix("videoflix.") for name in _imports(path) if name.startswith("videoflix.")}


def test_imports_go_down_or_stay_in_their_domain() -> None:
    for path in MODULES:
        layer, domain = _layer(_name(path))
        for other in _ours(path):
            below, theirs = _layer(other)
            is_near = below == layer and (theirs == domain or LAYERS[layer] in SHARED)
            assert below < layer or is_near, f"{_name(path)} imports {other}, which is above or beside it"


def test_only_http_modules_import_aiohttp() -> None:
    for path in MODULES:
        module = _name(path)
        parts = module.split(".")
        may = parts[0] == "http" or module in SPEAK_HTTP or (len(parts) > 1 and parts[1] in OF_HTTP)
        assert may or not {name for name in _imports(path) if name.split(".")[0] == "aiohttp"}, module


def test_only_encoding_and_commands_run_ffmpeg() -> None:
    for path in MODULES:
        runs = {"encoding.process", "encoding.probe", "encoding.programs"} & _ours(path)
        assert not runs or _name(path).startswith(RUN_FFMPEG), _name(path)


def test_every_module_has_a_docstring() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path
