"""Uploads to a disk that has become read-only: told as a full one is, and they go on when it can be written again."""

import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.tus import OCTETS, TUS, UPLOADS
from videoflix.app import create_app
from videoflix.checks import disk
from videoflix.checks.finding import Mark
from videoflix.settings import Settings

READ_ONLY = "Read-only file system"


@pytest.fixture
async def uploader(
    settings: Settings, storage: Media, admin: int, aiohttp_client: Callable[..., Awaitable[Client]]
) -> Client:
    client = await aiohttp_client(create_app(replace(settings, disk_floor=0)))
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    return client


async def test_an_upload_is_refused_in_words_and_goes_on_later(
    small_disk: Path, settings: Settings, storage: Media, uploader: Client, film: bytes
) -> None:
    begin = {**TUS, "Upload-Length": str(len(film))}
    address = (await uploader.post(UPLOADS, headers=begin)).headers["Location"]
    half = len(film) // 2
    part = {**OCTETS, "Upload-Offset": "0"}
    assert (await uploader.patch(address, data=film[:half], headers=part)).status == 204
    rest = {**OCTETS, "Upload-Offset": str(half)}
    doomed = (await uploader.post(UPLOADS, headers=begin)).headers["Location"]
    _remount(small_disk, "ro")
    refused = [
        await uploader.post(UPLOADS, headers=begin),
        await uploader.patch(address, data=film[half:], headers=rest),
    ]
    for answer in refused:
        assert answer.status == 507
        assert READ_ONLY in (await answer.json())["detail"]
    assert (await uploader.delete(doomed, headers=TUS)).status == 204
    ready = await uploader.get("/ready")
    told = await ready.json()
    assert (ready.status, told["parts"]["disk"]) == (200, "ok")  # films can be watched
    assert READ_ONLY in told["parts"]["storage"]
    findings = [finding async for finding in disk.disk(replace(settings, disk_floor=0))]
    assert [finding.mark for finding in findings] == [Mark.BAD]
    assert READ_ONLY in findings[0].message
    _remount(small_disk, "rw")
    assert (await uploader.patch(address, data=film[half:], headers=rest)).status == 204
    assert len(storage.originals()) == 1


async def test_a_video_can_be_deleted_and_the_cleaning_finds_its_files(
    small_disk: Path, storage: Media, uploader: Client, film: bytes
) -> None:
    begin = {**TUS, "Upload-Length": str(len(film))}
    address = (await uploader.post(UPLOADS, headers=begin)).headers["Location"]
    assert (await uploader.patch(address, data=film, headers={**OCTETS, "Upload-Offset": "0"})).status == 204
    [original] = storage.originals()
    _remount(small_disk, "ro")
    assert (await uploader.delete(f"/api/admin/videos/{original.name}/")).status == 204


def _remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)
