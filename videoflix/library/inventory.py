"""Compares the storage with the rows: what is missing, what is left over, and how much space everything takes.

Workers and uploads may run meanwhile: something counts as missing only if the rows promise it both before and after
the files were listed. No file is opened.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from videoflix.db.pool import Connection, Database
from videoflix.errors import NotReady, OriginalRemoved
from videoflix.library.queries import videos
from videoflix.queue.models import JobKind
from videoflix.storage import names, original_parts
from videoflix.storage import queries as rows
from videoflix.storage.models import StoredVideo, Version
from videoflix.storage.orphans import Orphan, old_enough, orphans, unknown_files
from videoflix.storage.storage import Storage


class Missing(Struct, frozen=True, kw_only=True):
    """Something that the rows promise and that is not stored: segments, or the audio track with that number.

    A job of that kind makes it again; an original (`kind` is None) cannot be made again.
    """

    video_id: int
    what: str
    encode_id: int = 0
    kind: JobKind | None = None
    numbers: tuple[int, ...] = ()


class Usage(Struct):
    """The space that a video takes, in bytes: its original, its renditions by label, and everything else."""

    video: StoredVideo
    original: int | None
    renditions: dict[int, int]
    beside: int = 0

    @property
    def total(self) -> int:
        return (self.original or 0) + sum(self.renditions.values()) + self.beside


class Inventory(Struct, frozen=True):
    """`strangers` never belonged to this database, as far as it knows: they are listed and left alone."""

    usages: list[Usage]
    missing: list[Missing]
    orphans: list[Orphan]
    strangers: list[str]


class _Thing(Struct, frozen=True):
    """One stored thing according to the rows: a segment with its size, an audio track with its number of segments,
    a thumbnail with its revision and its largest width as the label."""

    kind: JobKind
    number: int = 0
    label: int = 0
    bytes: int = 0


async def take(database: Database, storage: Storage) -> Inventory:
    """Compare everything. Raises DatabaseUnavailable or StorageUnavailable."""
    async with database.connection() as connection:
        holdings = await rows.videos(connection)
        versions = await rows.versions(connection)
        in_parts = await original_parts.video_ids(connection)
    usages = await asyncio.to_thread(_usages, storage, holdings)
    missing = await _missing_originals(database, usages, in_parts)
    left_over = await orphans(database, storage)
    for version in versions:
        files, lost, unknown = await _look_into(database, storage, version)
        if version.video_id in usages:
            _count(usages[version.video_id], version, files)
        missing += _in_words(version, lost)
        left_over += unknown
    return Inventory(list(usages.values()), missing, left_over, await unknown_files(database, storage))


async def missing_in(database: Database, storage: Storage, version: Version) -> list[Missing]:
    """What is missing of one version. Raises DatabaseUnavailable."""
    _, lost, _ = await _look_into(database, storage, version)
    return list(_in_words(version, lost))


async def mend(database: Database, storage: Storage, missing: Missing) -> None:
    """Queue something to be made again. Raises OriginalRemoved, or NotReady if a newer version is being encoded
    anyway."""
    if missing.kind is None:
        raise OriginalRemoved("An original cannot be restored; what has been encoded from it is kept.")
    async with database.transaction() as connection:
        if missing.kind is not JobKind.STORYBOARD:  # it is made from the segments
            await _check_original(connection, storage, missing.video_id)
        if missing.kind is JobKind.UNIT:
            if not await rows.requeue_units(connection, missing.encode_id, missing.numbers):
                raise NotReady("A newer version, which replaces this one, is being encoded.")
        else:
            await rows.requeue_job(connection, missing.encode_id, missing.kind, *missing.numbers)


async def _check_original(connection: Connection, storage: Storage, video_id: int) -> None:
    """The row is not changed: the disk with the originals may only be unmounted."""
    await videos.lock(connection, video_id)
    if await videos.original_is_gone(connection, video_id):
        raise OriginalRemoved
    if await asyncio.to_thread(storage.size, names.original(video_id)) is None:
        raise OriginalRemoved("The original that it was encoded from is missing as well.")


async def _look_into(
    database: Database, storage: Storage, version: Version
) -> tuple[dict[str, int], set[_Thing], list[Orphan]]:
    """The files of a version with their sizes, what is missing, and segments that no row knows."""
    before, promised = await _promised(database, version)
    files = await asyncio.to_thread(storage.sizes, names.version(version.video_id, version.version))
    lost = _absent(before, promised, files)
    unknown = _unknown(before, promised, files)
    if lost or unknown:
        after, promised = await _promised(database, version)
        lost &= promised
        unknown = _unknown(after, promised, files)
    return files, lost, await old_enough(storage, unknown)


async def _promised(database: Database, version: Version) -> tuple[Version | None, set[_Thing]]:
    """The version as it is now, if it still exists, and everything that should be stored for it.

    A replaced version is removed by the cleaning: nobody starts to watch it.
    """
    async with database.connection() as connection:
        found = await rows.versions(connection, version.encode_id)
        if not found or found[0].is_replaced:
            return None, set()
        segments = await rows.segments(connection, version.encode_id)
        pieces = await rows.audio_segments(connection, version.encode_id)
    promised = {_Thing(JobKind.UNIT, number, label, size) for label, number, size in segments}
    promised |= {_Thing(JobKind.AUDIO, track, bytes=count) for track, count in pieces.items()}
    if found[0].thumbnail:
        promised.add(_Thing(JobKind.THUMBNAIL, found[0].thumbnail, found[0].thumbnail_width))
    promised |= {_Thing(JobKind.STORYBOARD)} if found[0].has_storyboard else set()
    return found[0], promised


def _absent(version: Version | None, promised: set[_Thing], files: dict[str, int]) -> set[_Thing]:
    if version is None:
        return set()
    place = version.video_id, version.version

    def is_there(one: _Thing) -> bool:
        match one.kind:
            case JobKind.UNIT:
                return files.get(names.segment(*place, one.label, one.number)) == one.bytes
            case JobKind.AUDIO:
                return _count_in(names.audio(*place, one.number), files) >= one.bytes
            case JobKind.STORYBOARD:
                return _count_in(names.storyboard(*place), files) > 0
        widths = names.thumbnail_widths(one.label)
        return all(names.thumbnail(*place, one.number, width) in files for width in widths)

    return {one for one in promised if not is_there(one)}


def _unknown(version: Version | None, promised: set[_Thing], files: dict[str, int]) -> list[Orphan]:
    """Segments that a complete film does not have."""
    if version is None or not version.is_settled:
        return []
    place = version.video_id, version.version
    known = {names.segment(*place, one.label, one.number) for one in promised if one.kind is JobKind.UNIT}
    depth = names.version(*place).count("/") + 2
    return [
        Orphan(name, "the film has no such segment")
        for name in files
        if name.count("/") == depth and names.SEGMENT.fullmatch(names.last(name)) and name not in known
    ]


def _in_words(version: Version, lost: set[_Thing]) -> Iterator[Missing]:
    by_kind: dict[tuple[JobKind, int], list[int]] = defaultdict(list)
    for one in lost:
        by_kind[one.kind, one.label].append(one.number)
    for (kind, label), numbers in sorted(by_kind.items()):
        numbers.sort()
        match kind:
            case JobKind.UNIT:
                first = ", ".join(names.segment_name(number) for number in numbers[:3]) + ", …" * (len(numbers) > 3)
                groups = [
                    (
                        f"{label}p: {len(numbers)} segments are missing or have the wrong size ({first})",
                        tuple(numbers),
                    )
                ]
            case JobKind.AUDIO:
                groups = [(f"audio track {number}: segments are missing", (number,)) for number in numbers]
            case _:
                groups = [(f"the {kind} is missing", ())]
        for what, meant in groups:
            told = f"version {version.version}, {what}"
            yield Missing(video_id=version.video_id, encode_id=version.encode_id, kind=kind, numbers=meant, what=told)


async def _missing_originals(database: Database, usages: dict[int, Usage], in_parts: set[int]) -> list[Missing]:
    """An original that is given up is removed after its row says so."""
    lost = {}
    for video_id, usage in usages.items():
        if usage.video.original_bytes is not None and usage.original is None:
            lost[video_id] = "the original is missing"
        elif usage.video.original_bytes and usage.video.original_bytes != usage.original:
            lost[video_id] = "the original has a different size than when it was added"
    async with database.connection() as connection:
        still = {one.id for one in await rows.videos(connection) if one.original_bytes is not None}
        still -= in_parts | await original_parts.video_ids(connection)
    return [Missing(video_id=number, what=what) for number, what in lost.items() if number in still]


def _count(usage: Usage, version: Version, files: dict[str, int]) -> None:
    renditions = {names.rendition(version.video_id, version.version, label): label for label in version.labels}
    for name, size in files.items():
        label = renditions.get(name.rpartition("/")[0])
        if label:
            usage.renditions[label] = usage.renditions.get(label, 0) + size
        else:
            usage.beside += size


def _count_in(folder: str, files: dict[str, int]) -> int:
    return sum(name.startswith(f"{folder}/") for name in files)


def _usages(storage: Storage, holdings: list[StoredVideo]) -> dict[int, Usage]:
    """What each video has apart from its versions. The originals are listed at once: a store is slow to ask."""
    originals = storage.sizes(names.ORIGINALS)
    return {
        one.id: Usage(
            one, originals.get(names.original(one.id)), {}, storage.size(names.thumbnail_source(one.id)) or 0
        )
        for one in holdings
    }
