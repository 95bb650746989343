"""The package is complete, and the files beside it match."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

from videoflix.settings import Settings

ROOT = Path(__file__).parent.parent


def _names(*patterns: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}


def test_a_wheel_contains_code_sql_and_migrations(tmp_path: Path) -> None:
    copy = tmp_path / "source"
    copy.mkdir()
    for name in ("videoflix", "sql", "migrations"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        str(copy),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    wanted = _names("videoflix/**/*.py", "videoflix/**/static/*", "videoflix/py.typed")
    wanted |= _names("videoflix/pages/templates/*", "videoflix/pages/**/*.po")
    wanted |= {f"videoflix/{name}" for name in _names("sql/*.sql", "migrations/*.sql")}
    assert wanted <= carried
    found = subprocess.run(
        [sys.executable, "-c", "from videoflix.db.loader import resource; print(resource('sql'))"],
        cwd=tmp_path / "installed",
        env={"PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(found.stdout.strip()) == tmp_path / "installed" / "videoflix" / "sql"


def test_every_dependency_is_documented() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    told = (ROOT / "CONTRIBUTING.md").read_text()
    lines = config["options"]["install_requires"].split("\n") + [
        line for extra in config["options.extras_require"].values() for line in extra.replace("%%", "%").split("\n")
    ]
    names = {line.split()[0].split("[")[0] for line in lines if line and not line.startswith(("%", "#"))}
    assert not [name for name in names if name not in told]


def test_npm_packages_are_pinned_and_name_no_host() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text()
    package = json.loads((ROOT / "package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
        assert name in told
    assert not [name for name, package in locked.items() if name and "integrity" not in package]
    assert not [name for name, package in locked.items() if "resolved" in package]


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_the_compose_file_and_the_template_match(tmp_path: Path) -> None:
    for name in ("docker-compose.yml", ".env.template"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".env.template").rename(tmp_path / ".env")
    done = subprocess.run(
        ["docker-compose", "--profile", "gateway", "config", "--services"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    services = {"db", "redis", "migrate", "web", "worker-mail", "worker-transcode", "gateway"}
    assert services == set(done.stdout.split())


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_in_compose_links_in_mails_lead_to_the_published_port(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    shutil.copy(ROOT / ".env.template", tmp_path / ".env")
    done = subprocess.run(
        ["docker-compose", "--profile", "gateway", "config"],
        cwd=tmp_path,
        env={**os.environ, "PORT": "9000"},
        capture_output=True,
        text=True,
        check=True,
    )
    web = done.stdout.partition("\n  web:\n")[2]
    variables = dict(re.findall(r"^      ([A-Z_]+): '?([^'\n]*)'?$", web.partition("\n  worker-")[0], re.MULTILINE))
    assert Settings.from_env({**variables, "SECRET_KEY": "k" * 40}).public_url == "http://127.0.0.1:9000"
    assert "127.0.0.1:9000:9000" in web
    assert "GATEWAY_UPSTREAM: web:9000" in done.stdout
