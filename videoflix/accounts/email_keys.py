"""Fills the column `email_key` of accounts that are older than the column; SQL cannot compute it."""

import logging

import psycopg

from videoflix.accounts.emails import email_key
from videoflix.db.migrations import Connection

log = logging.getLogger(__name__)


def fill_email_keys(connection: Connection) -> None:
    """Set `email_key` of every account without one.

    If several addresses have the same key, an active account gets it, else the oldest one. The others cannot log in
    until that account is deleted.
    """
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
