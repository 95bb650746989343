"""Declares the environment variables of settings as dataclass fields, and reads them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, field
from typing import Any

from videoflix import setting_types as types

Default = str | Callable[[Mapping[str, Any]], Any]


def variable(
    name: str,
    default: Default,
    parse: Callable[[str], Any] = types.text,
    *,
    help: str,
    computed: str = "",
    also: str = "",
    secret: bool = False,
) -> Any:
    """A field of Settings, with its variable and an older name for it (`also`).

    A default is text, which is parsed like a value, or a function of the fields declared before it, which `computed`
    describes in the documentation.
    """
    return field(
        repr=not secret,
        metadata={"name": name, "default": default, "parse": parse, "help": help, "computed": computed, "also": also},
    )


def read(fields: Iterable[Field[Any]], environ: Mapping[str, str]) -> dict[str, Any]:
    """The values of fields; an empty variable counts as unset.

    Raises ValueError, naming the variable, for the first value that cannot be used.
    """
    values: dict[str, Any] = {}
    for one in fields:
        name, text = _find(environ, one.metadata["name"], one.metadata["also"])
        default = one.metadata["default"]
        if not text and callable(default):
            values[one.name] = default(values)
            continue
        try:
            values[one.name] = one.metadata["parse"](text or default)
        except ValueError as why:
            raise ValueError(f"{name} {why}") from None
    return values


def _find(environ: Mapping[str, str], name: str, also: str) -> tuple[str, str]:
    """The name that is set, the variable's or its older one, and the value without the quotes of some .env files."""
    for each in (name, also):
        text = environ.get(each, "").strip() if each else ""
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            text = text[1:-1]
        if text:
            return each, text
    return name, ""
