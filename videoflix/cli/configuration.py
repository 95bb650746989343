"""Reads the configuration: the environment, then `.env`, then what this installation provides itself."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from videoflix.encoding import programs
from videoflix.server import embedded, secretfile


def gather(environ: Mapping[str, str], *, make_key: bool = False) -> dict[str, str]:
    """All variables, for Settings.from_env and for child processes.

    `.env` and the default data folder are in VIDEOFLIX_HOME, which the scripts in bin/ set, or in the current folder.
    If SECRET_KEY is missing, the key in the data folder is used. With `make_key`, or if DEBUG is on, that key
    is generated if there is none.
    """
    home = Path(environ.get("VIDEOFLIX_HOME") or Path.cwd())
    from_file = {name: value for name, value in dotenv_values(home / ".env", interpolate=False).items() if value}
    found = {**from_file, **{name: value for name, value in environ.items() if value}}
    data = (home / Path(found.get("DATA_DIR", "var")).expanduser()).resolve()
    found["DATA_DIR"] = str(data)
    found |= embedded.fill(found, data, for_start=make_key) | programs.fill(found)
    if not found.get("SECRET_KEY"):
        key = data / "secrets" / "secret_key"
        if make_key or key.exists() or found.get("DEBUG", "").strip("'\"").lower() in ("1", "true", "yes", "on"):
            found["SECRET_KEY"] = secretfile.make(key)
    return found
