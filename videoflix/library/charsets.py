"""Decodes text in an unknown encoding: captions, tables, metadata."""

import codecs

from charset_normalizer import from_bytes

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Occurs in every caption file, and not in one that is decoded with the wrong width.
ARROW = "-->"
# Encodings from before Unicode. A few lines are not enough to tell Polish from French; the language is.
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
# Without a language the characters have to decide. The more candidates there are, the less reliable the result.
ANY = (
    *("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("koi8_r", "shift_jis", "euc_kr", "gb18030", "big5"),
)


def decode(data: bytes, language: str | None = None, *, sign: str = ARROW) -> str:
    """Decode without failing: bytes that cannot be decoded become replacement characters. `sign` occurs in every
    file of this kind."""
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
