"""Builds the image without a container engine, and runs commands in it as docker compose does."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
# What a build needs, by the program that shows that it is there.
PROGRAMS = ("buildah", "mmdebstrap", "npm", "unshare")
NAME, STAND_IN = "localhost/videoflix", "localhost/stand-in"


class Image(Struct):
    """A built image: its configuration, the size in bytes of its layers over the base, and its root file system."""

    config: dict[str, Any]
    size: int
    root: Path


class Builder:
    """Builds the image with buildah, which keeps images and containers in a folder of ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/images"\nrunroot = "{folder}/run"\n'
        )
        self._environ = {**os.environ, "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}

    def build(self) -> Image:
        """Build it, on stand-ins if the registry of the base images cannot be reached."""
        bases = dict(re.findall(r"^ARG (\w+)=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
        if not all(self._can_pull(base) for base in bases.values()):
            self._run(str(HERE / "stand_in.sh"), STAND_IN)
            bases = dict.fromkeys(bases, STAND_IN)
        arguments = [f"--build-arg={name}={base}" for name, base in bases.items()]
        how = ("--isolation=chroot", "--format=docker", "--layers=false", "--pull=false")
        self._run("buildah", "bud", *how, *arguments, f"--tag={NAME}", str(ROOT))
        image, base = self._inspect(NAME), self._inspect(bases["PYTHON"])
        container = self._run("buildah", "from", "--pull=false", NAME)
        return Image(
            image["Docker"]["config"],
            sum(_layers(image)) - sum(_layers(base)),
            Path(self._run("buildah", "mount", container)),
        )

    def close(self) -> None:
        """Remove the images, which take more than a gigabyte."""
        self._run("buildah", "rm", "--all")
        shutil.rmtree(self._folder / "images")

    def _can_pull(self, image: str) -> bool:
        return subprocess.run(["buildah", "pull", image], env=self._environ, capture_output=True).returncode == 0

    def _inspect(self, image: str) -> dict[str, Any]:
        described: dict[str, Any] = json.loads(self._run("buildah", "inspect", "--type=image", image))
        return described

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
        return done.stdout.strip()


def _layers(image: dict[str, Any]) -> list[int]:
    return [layer["size"] for layer in json.loads(image["Manifest"])["layers"]]


class Container(Struct):
    """Runs commands in an image. The sockets of its services are in the folder `sockets`."""

    image: Image
    data: Path
    sockets: Path
    environ: dict[str, str]

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of Videoflix."""
        return self.execute(*self.image.config["Entrypoint"], *command)

    def execute(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a program of the image."""
        with self.start(*command) as process:
            output, _ = process.communicate(timeout=120)
        return subprocess.CompletedProcess(command, process.returncode, output)

    def start(self, *command: str) -> "subprocess.Popen[str]":
        enter = (shutil.which("unshare") or "", "--mount", str(HERE / "enter.sh"))
        return subprocess.Popen(
            [*enter, str(self.image.root), str(self.data), str(self.sockets), *command],
            env=dict(variable.split("=", 1) for variable in self.image.config["Env"]) | self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
