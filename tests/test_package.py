"""The package is complete, and the files beside it match."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.programs import needs
from videoflix.settings import Settings

ROOT = Path(__file__).parent.parent
CLUSTER = "deploy/cluster.yml"


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


def _wanted(*extras: str) -> dict[str, Requirement]:
    """The dependencies in setup.cfg and the build backend, by their normal names."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]
    lines = [config["options"]["install_requires"], *(config["options.extras_require"][extra] for extra in extras)]
    wanted = [Requirement(line) for line in [*build["requires"], *"\n".join(lines).split("\n")] if line]
    return {canonicalize_name(each.name): each for each in wanted}


def test_every_dependency_is_documented() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text()
    assert not [each.name for each in _wanted("embedded", "dev").values() if each.name not in told]


def test_the_lock_contains_what_setup_cfg_asks_for() -> None:
    extras: list[str] = []
    locked: dict[str, str] = {}
    for extra in ("ffmpeg", "embedded", "dev"):
        extras.append(extra)
        text = (ROOT / "requirements" / f"{extra}.txt").read_text()
        assert "://" not in text, "a registry is named"
        packages = re.split(r"\n(?=[a-z0-9])", text.partition("bin/lock\n")[2])
        assert not [package for package in packages if "--hash=sha256:" not in package]
        locked |= {package.partition("==")[0]: package for package in packages}
        wanted = _wanted(*extras)
        for name, requirement in wanted.items():
            version = re.match(r"\S+==(\S+)", locked.get(name, ""))
            assert version, f"{name} is missing: run bin/lock"
            assert requirement.specifier.contains(version[1]), f"{name} is {version[1]}: run bin/lock"
        asked_for = r" (videoflix \(setup\.cfg\)|-r -)$"
        direct = {name for name, package in locked.items() if re.search(asked_for, package, re.MULTILINE)}
        assert direct <= wanted.keys(), "run bin/lock"


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


def _compose_config(folder: Path, *options: str, what: tuple[str, ...] = ()) -> str:
    """What docker-compose makes of its files in a folder."""
    done = subprocess.run(
        ["docker-compose", *options, "config", *what],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs("docker-compose")
def test_the_compose_file_and_the_template_match(tmp_path: Path) -> None:
    for name in ("docker-compose.yml", ".env.template"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".env.template").rename(tmp_path / ".env")
    named = _compose_config(tmp_path, "--profile", "gateway", what=("--services",))
    services = {"db", "redis", "migrate", "web", "worker-mail", "worker-transcode", "gateway"}
    assert services == set(named.split())


@needs("docker-compose")
@pytest.mark.parametrize("files", [("deploy/host.yml",), ("docker-compose.yml", "deploy/shared.yml")])
def test_in_compose_hosts_share_what_they_need(tmp_path: Path, files: tuple[str, ...]) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    variables = {"SHARED_FOLDER": "/srv/films", "REDIS_PASSWORD": "secret", "DB_PASSWORD": "secret"}
    if "deploy/host.yml" in files:
        variables |= {"DB_HOST": "10.0.0.1", "REDIS_LOCATION": "redis://:secret@10.0.0.1:6379/0"}
        variables |= {"SECRET_KEY": "k" * 40, "WORKER_OPTIONS": "--exit-when-idle 300"}
    else:
        variables |= {"SHARED_ADDRESS": "10.0.0.1"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    named = [word for file in files for word in ("-f", file)]
    text = _compose_config(tmp_path, "--project-directory", ".", *named)
    parts = re.split(r"^  ([\w-]+):\n", text, flags=re.MULTILINE)
    services = dict(zip(parts[1::2], parts[2::2], strict=True))
    host = "10.0.0.1" if "deploy/host.yml" in files else "redis"
    for name in ("web", "worker-transcode"):
        assert f"REDIS_LOCATION: redis://:secret@{host}:6379/0" in services[name]
        assert "/srv/films:/data" in services[name]
        assert ":/data" not in services[name].replace("/srv/films:/data", "")
    if "deploy/host.yml" in files:
        assert re.search(r"--exit-when-idle\W+300", services["worker-transcode"])
    else:
        assert "10.0.0.1:5432:5432" in services["db"]
        assert "10.0.0.1:6379:6379" in services["redis"]


@needs("docker-compose")
def test_in_compose_a_cluster_shares_services_and_no_folder(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    variables = {"SECRET_KEY": "k" * 40, "DB_PASSWORD": "of-the-database", "CDN_SECRET": "of-the-addresses"}
    variables |= {"S3_ACCESS_KEY_ID": "a-key", "S3_SECRET_ACCESS_KEY": "of-the-store"}
    text = (ROOT / ".env.template").read_text() + "".join(f"\n{name}={value}" for name, value in variables.items())
    (tmp_path / ".env").write_text(text)
    (command,) = re.findall(r"^#     docker compose (.+) up -d --build$", (ROOT / CLUSTER).read_text(), re.MULTILINE)
    services: dict[str, Any] = yaml.safe_load(_compose_config(tmp_path, *command.split()))["services"]
    ours = {"web", "web-2", "worker-transcode", "worker-transcode-2", "worker-mail"}
    assert services.keys() == ours | {"db", "redis", "migrate", "store", "bucket", "gateway", "cdn"}
    settings = [Settings.from_env({k: str(v) for k, v in services[name]["environment"].items()}) for name in ours]
    stored = {(one.storage, one.s3_endpoint, one.delivery) for one in settings}
    assert stored == {(("s3",), "http://store:7070", "cdn")}
    assert {(one.secret_key, one.cdn_secret) for one in settings} == {("k" * 40, "of-the-addresses")}
    hosts = ours - {"worker-mail"}  # which is on the host of `web`
    assert len({services[name]["volumes"][0].partition(":")[0] for name in hosts}) == len(hosts)
    assert all(len(services[name]["volumes"]) == 1 for name in hosts)
    upstream = services["gateway"]["environment"]["GATEWAY_UPSTREAM"]
    assert re.findall(r"[0-9.]+(?=:8000)", upstream) == [
        services[name]["networks"]["front"]["ipv4_address"] for name in ("web", "web-2")
    ]
    templates = "".join(
        (ROOT / f"deploy/{name}.conf.template").read_text() for name in ("cdn", "cdn-pull", "cdn-cache")
    )
    assert set(re.findall(r"\$\{(CDN_\w+)\}", templates)) <= services["cdn"]["environment"].keys()
    used = set(re.findall(r"\$(S3_\w+|CDN_\w+)", (ROOT / "deploy/bucket.sh").read_text()))
    assert used == services["bucket"]["environment"].keys()


@needs("docker-compose")
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
