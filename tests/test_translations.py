"""The languages of pages and mails, and that every word has a translation."""

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from videoflix import errors, translations
from videoflix.accounts import names, passwords, validation
from videoflix.errors import InvalidInput
from videoflix.pages.assets import STATIC

PACKAGE = translations.LOCALE.parent
METHODS = [("**/templates/**", "jinja2.ext:babel_extract"), ("**.py", "python")]
OTHERS = [language for language in translations.LANGUAGES if language != translations.DEFAULT]
# What forms show of the API's answers.
API_ERRORS = (
    *(errors.WrongCredentials, errors.TooManyRequests, errors.InvalidInput, errors.InvalidResetLink),
    *(errors.WrongPassword, errors.LastAdmin, errors.InvitationRequired, errors.RegistrationClosed),
    *(errors.WrongCode, errors.WrongLoginCode, errors.ClocksDiffer, errors.SetupExpired, errors.HasSecondFactor),
    *(errors.WrongPin, errors.PinRequired, errors.TooManyProfiles, errors.FirstProfile),
    *(errors.LoginExpired, errors.UnknownDevice),
)


def _messages() -> set[str]:
    found = extract_from_dir(str(PACKAGE), METHODS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)})
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language: str) -> None:
    path = translations.LOCALE / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        catalogue = read_po(source)
    messages = _messages()
    assert len(messages) > 40
    assert messages <= {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue}
    for message in catalogue:
        assert not message.fuzzy or not message.id, message.id
        assert message.string, message.id
        assert not list(message.check(catalogue)), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_the_errors_that_forms_show_are_translated(language: str) -> None:
    messages = [str(error.__doc__) for error in API_ERRORS] + [validation.PASSWORDS_DIFFER, names.TOO_LONG]
    for password in ("short", "1" * 12, "ada@example.org", "password1"):
        with pytest.raises(InvalidInput) as refused:
            passwords.check_password(password, "ada@example.org")
        messages.append(refused.value.detail)
    catalogue = translations.catalogue(language)
    assert [message for message in messages if catalogue.gettext(message) == message] == []


def test_templates_contain_no_untranslated_words() -> None:
    for path in PACKAGE.glob("*/templates/*"):
        text = re.sub(r"\{% block kind %\}.*?\{% endblock %\}", " ", path.read_text())
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
        words = re.sub(r"<[^>]*>|&\w+;", " ", text)
        assert set(re.findall(r"[^\W\d_]{2,}", words)) <= {"Videoflix", "doctype", "html"}, path.name
        told = re.findall(r'\b(?:alt|aria-label|placeholder|title)="([^"]*[^\W\d_][^"]*)"', text)
        assert [one for one in told if one.strip()] == [], path.name


def test_scripts_contain_no_sentences() -> None:
    for path in STATIC.glob("*.js"):
        code = re.sub(r"^\s*(//|/\*|\*).*$|\s// .*$", "", path.read_text(), flags=re.MULTILINE)
        assert re.findall(r"""["'`][A-Z][a-z]+ [a-z]+[^"'`]*["'`]""", code) == [], path.name


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-FR, fr;q=0.9, de;q=0.5, en;q=0.4", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("de;q=0, en;q=0.1", "en"),
        ("*", "en"),
        ("x" * 10_000, "en"),
        (";q=1,,de;q=abc", "en"),
    ],
)
def test_a_browser_gets_its_preferred_language(accepted: str, language: str) -> None:
    assert translations.preferred(accepted) == language
