"""Queries of sessions."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from videoflix.accounts.models import ADULT, Login, Profile, Session, User, Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("sessions")


async def insert(
    connection: Connection,
    session_id: UUID,
    user: User,
    expires_at: datetime,
    user_agent: str,
    address: str,
    is_remembered: bool = False,
    *,
    chooses_profile: bool = False,
    is_by_passkey: bool = False,
) -> bool:
    """False if the user was disabled or deleted, or the password changed, since `user` was read.

    The session has the first profile, unless the person can choose and there are several.
    """
    values = (session_id, user.id, user.password_hash, expires_at, user_agent, address, is_remembered)
    return bool(await connection.fetchval(SQL.insert, *values, chooses_profile, is_by_passkey))


async def find_active(connection: Connection, session_id: UUID) -> Session | None:
    row = await connection.fetchrow(SQL.find_active, session_id)
    return _session(row) if row else None


async def of_user(connection: Connection, user_id: int) -> list[Login]:
    return [Login(**row) for row in await connection.fetch(SQL.of_user, user_id)]


async def extend(connection: Connection, session_id: UUID, lifetime: timedelta) -> None:
    """Let a remembered session end so long from now."""
    await connection.execute(SQL.extend, session_id, lifetime)


async def revoke(connection: Connection, session_id: UUID) -> int | None:
    """Returns the profile of the session, if it was active and had one."""
    profile_id: int | None = await connection.fetchval(SQL.revoke, session_id)
    return profile_id


async def revoke_own(connection: Connection, session_id: UUID, user_id: int) -> bool:
    """False if the user has no such session."""
    return bool(await connection.fetchval(SQL.revoke_own, session_id, user_id))


async def revoke_surplus(connection: Connection, user_id: int, most: int) -> list[UUID]:
    """End the least recently used sessions of a user beyond `most`; the ids of those that ended."""
    return [row["id"] for row in await connection.fetch(SQL.revoke_surplus, user_id, most)]


async def revoke_all(connection: Connection, user_id: int, *, but: UUID | None = None) -> list[UUID]:
    """End every session of a user except `but`; the ids of those that ended."""
    return [row["id"] for row in await connection.fetch(SQL.revoke_all, user_id, but)]


async def remove_ended(connection: Connection, after: timedelta) -> None:
    await connection.execute(SQL.remove_ended, after)


def _session(row: asyncpg.Record) -> Session:
    profile = _profile(row) if row["profile_id"] else None
    is_staff = bool(row["is_staff"] and profile and not profile.is_child)
    return Session(
        id=row["id"],
        user_id=row["user_id"] or 0,
        profile=profile,
        guest_link_id=row["guest_link_id"],
        is_staff=is_staff,
        has_second_factor=row["has_second_factor"],
        viewer=_viewer(row, profile, is_staff=is_staff),
        expires_at=row["expires_at"],
        is_remembered=row["is_remembered"],
    )


def _viewer(row: asyncpg.Record, profile: Profile | None, *, is_staff: bool) -> Viewer:
    if row["guest_link_id"]:
        return Viewer(max_age=ADULT, video_id=row["video_id"], series_id=row["series_id"])
    if profile is None:
        return Viewer()
    return Viewer(is_staff, profile.max_age, tuple(row["group_ids"]))


def _profile(row: asyncpg.Record) -> Profile:
    names = ("name", "picture", "language", "max_age", "has_pin", "caption_size", "caption_background", "plays_on")
    return Profile(id=row["profile_id"], **{name: row[name] for name in names})
