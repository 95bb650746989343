"""Lists the settings that are no secret, for people."""

from typing import Any
from zoneinfo import ZoneInfo

from videoflix.admin.models import Setting
from videoflix.rate import Rate
from videoflix.settings import Settings


def setting_list(settings: Settings) -> list[Setting]:
    return [
        Setting(
            name=one.metadata["name"],
            value=_text(getattr(settings, one.name)),
            source=_source(settings, one.metadata["name"], one.metadata["also"]),
            help=one.metadata["help"],
        )
        for one in Settings.fields()
        if one.repr
    ]


def _source(settings: Settings, name: str, older_name: str) -> str:
    return settings.sources.get(name) or settings.sources.get(older_name) or "default"


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, Rate):
        return f"{value.count} in {value.seconds} s" if value.count else "off"
    return value.key if isinstance(value, ZoneInfo) else str(value)
