"""Text out of bytes whose encoding nobody told: subtitles, tables, descriptions."""

import codecs

from charset_normalizer import from_bytes

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Stands in every file of subtitles, and not in one that is read in the wrong width.
ARROW = "-->"
# What was used before Unicode: a few lines are too little to tell Polish from French letters, the language does.
WESTERN, CENTRAL, CYRILLIC = ("cp1252",), ("cp1250", "iso8859_2"), ("cp1251", "koi8_r", "iso8859_5")
BY_LANGUAGE = {
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq"), CENTRAL),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "sr"), CYRILLIC),
    **dict.fromkeys(("et", "lv", "lt"), ("cp1257",)),
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256",)),
    "el": ("cp1253",),
    "tr": ("cp1254",),
    "he": ("cp1255",),
    "vi": ("cp1258",),
    "th": ("cp874",),
    "ja": ("shift_jis", "euc_jp", "iso2022_jp"),
    "ko": ("cp949",),
    "zh": ("gb18030", "big5"),
}
# Without a language the letters themselves have to tell. The more there are to choose from, the worse the choice.
ANY = (
    *("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("koi8_r", "shift_jis", "euc_kr", "gb18030", "big5"),
)


def decode(data: bytes, language: str | None = None, *, sign: str = ARROW) -> str:
    """The text, which never fails: what cannot be read becomes a replacement character. `sign` stands in every
    file of its kind."""
    for mark, codec in BOMS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    for codec in ("utf-8", "utf-16-le", "utf-16-be"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if sign in text.lower():
            return text
    likely = BY_LANGUAGE.get(language.split("-")[0], WESTERN) if language else ANY
    best = from_bytes(data, cp_isolation=list(likely)).best() if len(likely) > 1 else None
    return str(best) if best else data.decode(likely[0], "replace")
