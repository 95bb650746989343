"""Reads the configuration: the environment, then `.env`, then what this installation provides itself."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import msgspec
from dotenv import dotenv_values

from videoflix.encoding import programs
from videoflix.server import embedded, secretfile
from videoflix.settings import Settings, SettingsError

# For children of bin/start: the sources of the variables, as JSON.
SOURCES = "VIDEOFLIX_SOURCES"


def home_folder(environ: Mapping[str, str]) -> Path:
    """The folder of `.env` and of the default data folder: VIDEOFLIX_HOME, which the scripts in bin/ set, or the
    current folder."""
    return Path(environ.get("VIDEOFLIX_HOME") or Path.cwd())


def data_folder(environ: Mapping[str, str]) -> Path:
    """DATA_DIR, relative to the home folder. Raises SettingsError if `.env` cannot be read."""
    return _data_folder(environ, _configured(environ))


def gather(environ: Mapping[str, str], *, make_key: bool = False) -> dict[str, str]:
    """All variables, for Settings.from_env and for child processes.

    If SECRET_KEY is missing, the key in the data folder is used. With `make_key`, or if DEBUG is on, that key
    is generated if there is none. Raises SettingsError if `.env` cannot be read, EmbeddedError, OSError.
    """
    found = _configured(environ)
    data = _data_folder(environ, found)
    found["DATA_DIR"] = str(data)
    found |= embedded.fill(found, data, for_start=make_key) | programs.fill(found, data)
    if not found.get("SECRET_KEY"):
        key = data / "secrets" / "secret_key"
        if make_key or key.exists() or found.get("DEBUG", "").strip("'\"").lower() in ("1", "true", "yes", "on"):
            found["SECRET_KEY"] = secretfile.make(key)
    return found


def configured_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of settings that somebody has set, in the environment or in `.env`. Raises SettingsError."""
    names = Settings.variables()
    return {name: value for name, value in _configured(environ).items() if name in names}


def sources(environ: Mapping[str, str], gathered: Mapping[str, str]) -> dict[str, str]:
    """Where each gathered variable comes from, by name: `environment`, `.env`, or `automatic` if nobody has set it.

    bin/start passes all variables to its children in the environment, and in SOURCES where they come from. Raises
    SettingsError.
    """
    if environ.get(SOURCES):
        return msgspec.json.decode(environ[SOURCES], type=dict[str, str])
    from_file = _read(home_folder(environ) / ".env")
    return {
        name: "environment" if environ.get(name) else ".env" if name in from_file else "automatic"
        for name in Settings.variables()
        if gathered.get(name)
    }


def _data_folder(environ: Mapping[str, str], configured: Mapping[str, str]) -> Path:
    return (home_folder(environ) / Path(configured.get("DATA_DIR", "var")).expanduser()).resolve()


def _configured(environ: Mapping[str, str]) -> dict[str, str]:
    from_file = _read(home_folder(environ) / ".env")
    return {**from_file, **{name: value for name, value in environ.items() if value}}


def _read(file: Path) -> dict[str, str]:
    """The variables of `.env` that have a value. python-dotenv warns of a line that it cannot read, and skips it: a
    file that has served another backend serves this one. Raises SettingsError."""
    if not file.exists():
        return {}
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    return {name: value for name, value in dotenv_values(stream=StringIO(text), interpolate=False).items() if value}
