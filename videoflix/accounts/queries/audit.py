"""Queries of the audit log: what administrators and commands have done. Entries are never changed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.models import AuditEntry
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("audit")


async def record(
    connection: Connection, user_id: int | None, action: AuditAction, target: str | None, label: str, **detail: Any
) -> None:
    """Record an action in the same transaction.

    `target` is the object (`video:7`), `label` its name at that time.
    `detail` must not contain secrets. `user_id` is None for commands on the server.
    """
    await connection.execute(SQL.record, user_id, action, target, label, msgspec.json.encode(detail).decode())


async def record_all(
    connection: Connection,
    user_id: int | None,
    action: AuditAction,
    entries: Sequence[tuple[str, str, Mapping[str, Any]]],
) -> None:
    """Record one action on many objects: `entries` are the target, label and detail of each."""
    await connection.execute(
        SQL.record_all,
        user_id,
        action,
        [target for target, _, _ in entries],
        [label for _, label, _ in entries],
        [msgspec.json.encode(detail).decode() for _, _, detail in entries],
    )


async def known_targets(connection: Connection, targets: Sequence[str]) -> list[str]:
    """Those of these targets that anything was ever recorded of, as far as the log goes back."""
    return [row["target"] for row in await connection.fetch(SQL.known_targets, targets)]


async def remove_old(connection: Connection, age: timedelta) -> None:
    await connection.execute(SQL.remove_old, age)


async def listing(connection: Connection, text: str | None, count: int, skip: int) -> tuple[list[AuditEntry], int]:
    """The newest entries that contain `text` (None: all), `count` of them after the first `skip`, and their total."""
    rows = await connection.fetch(SQL.listing, text, count, skip)
    entries = [
        AuditEntry(
            at=row["at"],
            who=row["who"],
            name=row["name"],
            action=row["action"],
            target=row["target"],
            label=row["label"],
            detail=msgspec.json.decode(row["detail"]),
        )
        for row in rows
    ]
    return entries, rows[0]["total"] if rows else 0
