"""What people who may do everything have done: rows that are written with the entry, and only read after that."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from videoflix.accounts.models import AuditEntry
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("audit")


async def record(
    connection: Connection, user_id: int | None, action: str, target: str | None, label: str, **detail: Any
) -> None:
    """Write down a entry, in the transaction that does it.

    `action` is a noun and a verb (`video.edit`), `target` what it was done to (`video:7`), `label` what people know
    that by. Nothing secret belongs into `detail`. Without a user it was a command on the server.
    """
    await connection.execute(SQL.record, user_id, action, target, label, msgspec.json.encode(detail).decode())


async def record_all(
    connection: Connection, user_id: int | None, action: str, entries: Sequence[tuple[str, str, Mapping[str, Any]]]
) -> None:
    """Write down what was done to many at once: a entry with its target, label and detail for each."""
    await connection.execute(
        SQL.record_all,
        user_id,
        action,
        [target for target, _, _ in entries],
        [label for _, label, _ in entries],
        [msgspec.json.encode(detail).decode() for _, _, detail in entries],
    )


async def listing(connection: Connection, text: str | None, count: int, skip: int) -> tuple[list[AuditEntry], int]:
    """`count` entries after the newest `skip`, of those in which a text occurs, and how many there are of those."""
    rows = await connection.fetch(SQL.listing, text, count, skip)
    entries = [
        AuditEntry(
            at=row["at"],
            who=row["who"],
            action=row["action"],
            target=row["target"],
            label=row["label"],
            detail=msgspec.json.decode(row["detail"]),
        )
        for row in rows
    ]
    return entries, rows[0]["total"] if rows else 0
