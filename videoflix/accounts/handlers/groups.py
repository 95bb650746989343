"""Handlers for groups: administrators create, rename and delete them, and decide who is a member."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.models import Group, GroupAccount
from videoflix.accounts.queries import audit, groups
from videoflix.accounts.resources import GUARD, SESSION
from videoflix.db.pool import Connection
from videoflix.errors import InvalidFields, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.operations import choice, operation
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.ids import Id

MAX_NAME = 100
# Members that are added or removed at once.
MAX_CHANGED = 500
SORTS = ("name", "-name", "members", "-members")

Ids = Annotated[list[Id], Meta(max_length=MAX_CHANGED)]


class GroupName(Struct, frozen=True):
    name: str


class Members(Struct, frozen=True):
    """Ids of the accounts that become members, and of those that are none any more."""

    add: Ids = []
    remove: Ids = []


class NamedGroup(Struct, frozen=True):
    id: int
    name: str


class MemberPage(paging.PageOf[GroupAccount], frozen=True):
    """Accounts, and the group that they may be members of."""

    group: Group


@operation(
    "List groups",
    paging.PageOf[Group],
    errors=(InvalidFields,),
    parameters=(
        *paging.PARAMETERS,
        paging.search_parameter("Only groups whose names contain this."),
        choice("sort", SORTS, "The order, with `-` backwards."),
    ),
)
@admin
async def listing(request: web.Request) -> web.Response:
    page, sort = paging.page(request), paging.choice(request, "sort", SORTS) or "name"
    async with request.app[DATABASE].connection() as connection:
        found, total = await groups.page(
            connection,
            paging.searched(request),
            sort.removeprefix("-"),
            page.size,
            page.skip,
            backwards=sort.startswith("-"),
        )
    return paging.answer(found, total, page)


@operation("List the names of all groups", list[NamedGroup])
@admin
async def names(request: web.Request) -> web.Response:
    """All groups by name, for choices."""
    async with request.app[DATABASE].connection() as connection:
        found = await groups.names(connection)
    return bodies.answer([NamedGroup(group_id, name) for group_id, name in found.items()])


@operation("Create a group", Group, status=201, body=GroupName, errors=(InvalidFields,))
@admin
async def create(request: web.Request) -> web.Response:
    name = _checked((await bodies.read(request, GroupName)).name)
    async with request.app[DATABASE].transaction() as connection:
        group_id = await groups.insert(connection, name)
        if group_id is None:
            raise _taken()
        await _record(request, connection, "group.create", group_id, name)
        group = await groups.find(connection, group_id)
    return bodies.answer(group, status=201)


@operation("Show a group", Group)
@admin
async def show(request: web.Request) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        group = await groups.find(connection, path_id(request))
    if group is None:
        raise NotFound
    return bodies.answer(group)


@operation("Rename a group", Group, body=GroupName, errors=(InvalidFields,))
@admin
async def rename(request: web.Request) -> web.Response:
    group_id, name = path_id(request), _checked((await bodies.read(request, GroupName)).name)
    async with request.app[DATABASE].transaction() as connection:
        before = await _lock(connection, group_id)
        if name != before:
            if not await groups.rename(connection, group_id, name):
                raise _taken()
            await _record(request, connection, "group.rename", group_id, before, name=name)
        group = await groups.find(connection, group_id)
    return bodies.answer(group)


@operation("Delete a group")
@admin
async def remove(request: web.Request) -> web.Response:
    """Delete a group. What only its members could see is for administrators alone then."""
    group_id = path_id(request)
    async with request.app[DATABASE].transaction() as connection:
        name = await _lock(connection, group_id)
        await groups.remove(connection, group_id)
        await _record(request, connection, "group.delete", group_id, name)
    return web.Response(status=204)


@operation(
    "List accounts and whether they are members",
    MemberPage,
    errors=(InvalidFields,),
    parameters=(
        *paging.PARAMETERS,
        paging.search_parameter("Only accounts whose addresses or names contain this."),
        choice("who", ("members", "others"), "Only those that are members, or those that are not."),
    ),
)
@admin
async def members(request: web.Request) -> web.Response:
    """The accounts that are members (`who=members`), or that are not (`others`), or all."""
    group_id, page, who = path_id(request), paging.page(request), paging.choice(request, "who", ("members", "others"))
    async with request.app[DATABASE].connection() as connection:
        group = await groups.find(connection, group_id)
        found, total = await groups.accounts(
            connection,
            group_id,
            paging.searched(request),
            page.size,
            page.skip,
            members=None if who is None else who == "members",
        )
    if group is None:
        raise NotFound
    return paging.answer(found, total, page, group=group)


@operation("Add and remove members", Group, body=Members, errors=(InvalidFields,))
@admin
async def change_members(request: web.Request) -> web.Response:
    """Add and remove members. Their sessions show at once what they may see now."""
    group_id, body = path_id(request), await bodies.read(request, Members)
    async with request.app[DATABASE].transaction() as connection:
        name = await _lock(connection, group_id)
        known = await groups.emails(connection, [*body.add, *body.remove])
        if unknown := sorted({*body.add, *body.remove} - known.keys()):
            raise InvalidFields({"ids": f"There is no such account: {', '.join(map(str, unknown))}."})
        removed = await groups.take_out(connection, group_id, body.remove)
        added = await groups.add(connection, group_id, body.add)
        changes: list[tuple[AuditAction, list[int]]] = [("group.remove", removed), ("group.add", added)]
        for action, changed in changes:
            if changed:
                emails = sorted(known[user_id] for user_id in changed)
                await _record(request, connection, action, group_id, name, members=emails)
        group = await groups.find(connection, group_id)
    for user_id in (*removed, *added):
        request.app[GUARD].forget_account(user_id)
    return bodies.answer(group)


def _checked(name: str) -> str:
    """The name in one line. Raises InvalidFields."""
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidFields({"name": f"Please enter a name of at most {MAX_NAME} characters."})
    return name


def _taken() -> InvalidFields:
    return InvalidFields({"name": "There is a group with this name already."})


async def _lock(connection: Connection, group_id: int) -> str:
    """The name of a group that is locked until the transaction ends. Raises NotFound."""
    name = await groups.lock(connection, group_id)
    if name is None:
        raise NotFound
    return name


async def _record(
    request: web.Request, connection: Connection, action: AuditAction, group_id: int, label: str, **detail: object
) -> None:
    await audit.record(connection, request[SESSION].user_id, action, f"group:{group_id}", label, **detail)
