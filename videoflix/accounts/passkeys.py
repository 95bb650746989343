"""Passkeys (WebAuthn): the options that browsers get, and the verification of what devices answer.

A device has to verify its user, by a PIN, a finger or a face: a login with a passkey counts as both factors.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import webauthn
from msgspec import Struct
from webauthn import helpers
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from videoflix.accounts.models import PasskeyKey, User
from videoflix.accounts.queries import passkeys
from videoflix.db.pool import Database
from videoflix.errors import InvalidPasskey

NAME = "Videoflix"
LIFETIME = timedelta(minutes=5)
MAX = 25
# Of JSON from outside: `webauthn` raises also these for what is not a credential.
MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
Credential = dict[str, Any]
Found = TypeVar("Found")


class Site(Struct, frozen=True):
    """For which host name passkeys are, and the origin of its pages."""

    host: str
    origin: str


class NewKey(Struct, frozen=True):
    credential_id: bytes
    public_key: bytes
    sign_count: int


async def creation_options(database: Database, site: Site, user: User) -> dict[str, Any]:
    """What a browser needs to make a passkey for an account."""
    async with database.connection() as connection:
        known = await passkeys.credential_ids(connection, user.id)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_name=user.email,
        user_id=_handle(user.id),
        user_display_name=user.name or user.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        timeout=int(LIFETIME.total_seconds() * 1000),
    )
    async with database.connection() as connection:
        await passkeys.insert_challenge(connection, options.challenge, user.id, LIFETIME)
    return helpers.options_to_json_dict(options)


async def verify_creation(database: Database, site: Site, user_id: int, credential: Credential) -> NewKey:
    """Raises InvalidPasskey."""
    challenge = await _take_challenge(database, credential, user_id)
    made = _checked(
        lambda: webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    )
    return NewKey(made.credential_id, made.credential_public_key, made.sign_count)


async def request_options(database: Database, site: Site) -> dict[str, Any]:
    """What a browser needs to log in with one of the passkeys that the device has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        user_verification=UserVerificationRequirement.REQUIRED,
        timeout=int(LIFETIME.total_seconds() * 1000),
    )
    async with database.connection() as connection:
        await passkeys.insert_challenge(connection, options.challenge, None, LIFETIME)
    return helpers.options_to_json_dict(options)


async def verify_login(database: Database, site: Site, credential: Credential) -> int:
    """The id of the account whose passkey has signed the challenge. Raises InvalidPasskey."""
    challenge = await _take_challenge(database, credential, None)
    answer = _checked(lambda: helpers.parse_authentication_credential_json(credential))
    async with database.connection() as connection:
        key = await passkeys.find(connection, answer.raw_id)
    if key is None or answer.response.user_handle not in (None, _handle(key.user_id)):
        raise InvalidPasskey
    count = _sign_count(site, credential, challenge, key)
    async with database.connection() as connection:
        if not await passkeys.use(connection, key.id, count):
            raise InvalidPasskey
    return key.user_id


def _sign_count(site: Site, credential: Credential, challenge: bytes, key: PasskeyKey) -> int:
    """How often the device says that it was used. Raises InvalidPasskey."""
    verified = _checked(
        lambda: webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    )
    return verified.new_sign_count


async def _take_challenge(database: Database, credential: Credential, user_id: int | None) -> bytes:
    """The challenge that a device says it has signed, which is used up. Raises InvalidPasskey."""
    challenge = _checked(lambda: _challenge(credential))
    async with database.connection() as connection:
        if not await passkeys.take_challenge(connection, challenge, user_id):
            raise InvalidPasskey
    return challenge


def _challenge(credential: Credential) -> bytes:
    text = credential["response"]["clientDataJSON"]
    return helpers.parse_client_data_json(helpers.base64url_to_bytes(text)).challenge


def _checked(call: Callable[[], Found]) -> Found:
    """Raises InvalidPasskey for what is malformed or does not verify."""
    try:
        return call()
    except MALFORMED:
        raise InvalidPasskey from None


def _handle(user_id: int) -> bytes:
    """How devices know an account; without personal data."""
    return str(user_id).encode()
