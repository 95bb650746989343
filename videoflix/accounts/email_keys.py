"""Fills in the form of e-mail addresses that only Python makes, for accounts that were there before."""

import logging

import psycopg

from videoflix.accounts.emails import email_key
from videoflix.db.migrations import Connection

log = logging.getLogger(__name__)


def fill_email_keys(connection: Connection) -> None:
    """Give every account the form of its address that only Python makes. Of those whose addresses compare equal, an
    active one keeps the address, else the oldest; the others cannot log in until it is deleted."""
    accounts = connection.execute(
        "SELECT id, email FROM users WHERE email_key IS NULL ORDER BY is_active DESC, id"
    ).fetchall()
    for user_id, email in accounts:
        try:
            connection.execute("UPDATE users SET email_key = %s WHERE id = %s", (email_key(email), user_id))
        except psycopg.errors.UniqueViolation:
            log.warning(
                "account %d (%s) cannot log in: another account has the same address in another spelling; delete one "
                "of the two and run bin/migrate",
                *(user_id, email),
            )
