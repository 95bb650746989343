"""The rules for registering: who may, and which invitations are valid."""

from datetime import timedelta

from videoflix.accounts.emails import email_key
from videoflix.accounts.models import InvitationLink
from videoflix.accounts.queries import invitations
from videoflix.accounts.tokens import mail_token_hash
from videoflix.db.pool import Connection
from videoflix.errors import InvalidInvitation, InvitationRequired, RegistrationClosed

LIFETIME = timedelta(days=7)
MAX_PEOPLE = 1000

ASK = "Please ask for a new invitation."


def check_policy(registration: str, invitation: str | None) -> None:
    """Raises RegistrationClosed or InvitationRequired. `registration` is the setting REGISTRATION."""
    if registration == "closed":
        raise RegistrationClosed
    if registration == "invite" and not invitation:
        raise InvitationRequired


async def find_valid(connection: Connection, token: str) -> InvitationLink:
    """The invitation of a link, locked until the transaction ends. Raises InvalidInvitation, which says why."""
    found = await invitations.lock(connection, mail_token_hash(token))
    if found is None:
        raise InvalidInvitation(f"This invitation is unknown. Please check the link. {ASK}")
    if found.is_revoked:
        raise InvalidInvitation(f"This invitation was revoked. {ASK}")
    if found.is_used:
        raise InvalidInvitation(f"This invitation was used already. If it was you, please log in. If not: {ASK}")
    if found.is_expired:
        raise InvalidInvitation(f"This invitation has expired. {ASK}")
    return found


async def use(connection: Connection, token: str, email: str) -> tuple[int, ...]:
    """Use an invitation for an account with this address, in its transaction. Returns the groups that the account
    becomes a member of. Raises InvalidInvitation."""
    found = await find_valid(connection, token)
    if found.email_key not in (None, email_key(email)):
        raise InvalidInvitation("This invitation is for another e-mail address. Please use the invited one.")
    await invitations.use(connection, found.id)
    return found.group_ids
