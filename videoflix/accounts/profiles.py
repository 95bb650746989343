"""The rules of profiles: how they may look, what a PIN is, and who needs one."""

import re

from videoflix.accounts.models import ADULT, Profile, Session
from videoflix.accounts.names import display_name
from videoflix.errors import InvalidFields
from videoflix.rate import Rate
from videoflix.translations import LANGUAGES

MAX_PROFILES = 8
AGES = (0, 6, 12, 16, ADULT)
# The backgrounds for the first letter of the name, and the drawings in `pages/static/profile-*.svg`.
COLOURS = ("amber", "coral", "rose", "violet", "blue", "teal", "green", "slate")
DRAWINGS = ("cat", "fox", "owl", "whale", "rocket", "robot", "star", "flower")
PICTURES = (*COLOURS, *DRAWINGS)
PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
# Wrong PINs of a profile: 10 tries at a time make 10,000 of them last ten days.
WRONG_PINS = Rate(10, 900)


def profile_name(text: str, *, is_first: bool) -> str:
    """The name as it is shown. Only the first profile may be without one of its own. Raises InvalidFields."""
    name = display_name(text)
    if not name and not is_first:
        raise InvalidFields({"name": "Please enter a name."})
    return name


def check(profile: Profile, *, is_first: bool) -> None:
    """Check everything but the name and the PIN. The first profile is that of an adult, as others use it unasked.

    Raises InvalidFields.
    """
    wrong = {}
    if profile.picture not in PICTURES:
        wrong["picture"] = "There is no such picture."
    if profile.language is not None and profile.language not in LANGUAGES:
        wrong["language"] = "There is no such language."
    if profile.max_age not in AGES:
        wrong["max_age"] = "Please send one of the age ratings 0, 6, 12, 16 and 18."
    elif is_first and profile.max_age < ADULT:
        wrong["max_age"] = "The first profile is that of an adult."
    if profile.caption_size not in ("small", "medium", "large"):
        wrong["caption_size"] = "Please send small, medium or large."
    if profile.caption_background not in ("dark", "none"):
        wrong["caption_background"] = "Please send dark or none."
    if wrong:
        raise InvalidFields(wrong)


def check_pin(pin: str) -> None:
    """Raises InvalidFields."""
    if not PIN.fullmatch(pin):
        raise InvalidFields({"pin": "A PIN has 4 to 8 digits."})


def needs_proof(session: Session, profile: Profile) -> bool:
    """Whether choosing a profile requires its PIN, or the password of the account.

    That is so for profiles with a PIN, and for whoever leaves the profile of a child for one that may see more.
    """
    current = session.profile
    if current is not None and current.id == profile.id:
        return False
    return profile.has_pin or (current is not None and current.is_child and profile.max_age > current.max_age)
