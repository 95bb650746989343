"""Gathers what is configured: the environment before `.env`, and what this machine provides itself."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from videoflix.encoding import programs
from videoflix.server import embedded, secretfile


def gather(environ: Mapping[str, str], *, make_key: bool = False) -> dict[str, str]:
    """All variables, for Settings.from_env and for child processes.

    VIDEOFLIX_HOME (where `.env` and the data folder are looked for) is set by the scripts in bin/ and
    defaults to the current folder. A missing SECRET_KEY is made and kept in the data folder when DEBUG is
    on, or when asked for (`make_key`); one that was kept is found again.
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
