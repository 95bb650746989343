"""Captions and additional audio tracks: listed once a film is complete, and served to viewers who are logged in."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Struct
from yarl import URL

from tests.fixtures.app import Client
from tests.fixtures.published import AddAudio, Publish
from tests.playlists import durations
from videoflix.db.pool import Database
from videoflix.library.models import Captions
from videoflix.library.queries import captions
from videoflix.streaming import film_cache

TEXT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nGrüße\n"
SERVED = TEXT.replace("WEBVTT\n", "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n")
AddCaptions = Callable[..., Awaitable[int]]


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_cache, "SECONDS", 0.0)


@pytest.fixture
def add_captions(database: Database) -> AddCaptions:
    """Adds captions to a video, or to one of its versions. Returns their number."""

    async def add(video_id: int, version: int | None = None, language: str = "de", name: str = "Deutsch") -> int:
        async with database.connection() as connection:
            encode_id = await connection.fetchval(
                "SELECT id FROM encodes WHERE video_id = $1 AND version = $2", video_id, version
            )
            one = Captions(language=language, name=name, text=TEXT)
            await captions.insert(connection, video_id, one, encode_id=encode_id, place=encode_id and 0)
            number: int = await connection.fetchval("SELECT max(id) FROM captions")
            return number

    return add


class Tracks(Struct, frozen=True):
    """A film with captions and two audio tracks, and the paths of what is served beside its video."""

    video_id: int
    paths: tuple[str, ...]


@pytest.fixture
async def tracks(publish: Publish, add_captions: AddCaptions, add_audio: AddAudio) -> Tracks:
    video_id = await publish()
    number = await add_captions(video_id)
    await add_audio(video_id, 0, "de")
    await add_audio(video_id, 1, "fr")
    captions = (f"captions/{number}.vtt", f"captions/{number}/index.m3u8")
    return Tracks(video_id, (*captions, "audio/1/index.m3u8", "audio/1/000.aac"))


async def _master(client: Client, video_id: int) -> list[str]:
    answer = await client.get(f"/api/video/{video_id}/master.m3u8")
    assert answer.status == 200
    return (await answer.text()).splitlines()


async def _set_encoding(database: Database, video_id: int) -> None:
    """Make a film look as if it were still being encoded."""
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET state = 'encoding' WHERE video_id = $1", video_id)


async def test_captions_are_served_as_webvtt(logged_in: Client, publish: Publish, add_captions: AddCaptions) -> None:
    video_id = await publish()
    number = await add_captions(video_id, 1)
    answer = await logged_in.get(f"/api/video/{video_id}/captions/{number}.vtt")
    assert (answer.status, await answer.text()) == (200, SERVED)
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"


async def test_a_player_finds_captions_from_the_master_playlist(
    logged_in: Client, publish: Publish, add_captions: AddCaptions
) -> None:
    video_id = await publish()
    await add_captions(video_id)
    address = URL(f"/api/video/{video_id}/master.m3u8")
    (line,) = [line for line in await _master(logged_in, video_id) if line.startswith("#EXT-X-MEDIA")]
    address = address.join(URL(line.split('URI="')[1].rstrip('"')))
    playlist = await logged_in.get(address)
    assert playlist.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    lines = (await playlist.text()).splitlines()
    assert lines[-3:] == ["#EXTINF:14.000000,", lines[-2], "#EXT-X-ENDLIST"]
    text = await logged_in.get(address.join(URL(lines[-2])))
    assert await text.text() == SERVED


async def test_a_player_finds_audio_from_the_master_playlist(
    logged_in: Client, publish: Publish, add_audio: AddAudio
) -> None:
    video_id = await publish()
    await add_audio(video_id, 0, "de")
    await add_audio(video_id, 1, "fr")
    address = URL(f"/api/video/{video_id}/master.m3u8")
    lines = await _master(logged_in, video_id)
    assert all('AUDIO="audio"' in line for line in lines if line.startswith("#EXT-X-STREAM-INF"))
    default, additional = [line for line in lines if line.startswith("#EXT-X-MEDIA")]
    assert "URI" not in default
    assert 'LANGUAGE="de",DEFAULT=YES' in default
    address = address.join(URL(additional.split('URI="')[1].rstrip('"')))
    playlist = await (await logged_in.get(address)).text()
    names = [line for line in playlist.splitlines() if not line.startswith("#")]
    assert names == ["000.aac?v=1", "001.aac?v=1", "002.aac?v=1"]
    segment = await logged_in.get(address.join(URL(names[1])))
    assert await segment.read() == b"v1 track 1 1"
    assert segment.headers["Content-Type"] == "audio/aac"
    assert segment.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    segment = await logged_in.get(address.join(URL("001.aac")))
    assert (await segment.read(), segment.headers["Cache-Control"]) == (b"v1 track 1 1", "private, no-cache")


async def test_tracks_have_the_geometry_that_the_film_was_encoded_with(
    logged_in: Client, publish: Publish, add_captions: AddCaptions, add_audio: AddAudio, database: Database
) -> None:
    video_id = await publish()
    number = await add_captions(video_id, 1)
    await add_audio(video_id, 0, "de")
    await add_audio(video_id, 1, "fr")
    async with database.connection() as connection:
        await connection.execute(
            """UPDATE encodes SET geometry = geometry || '{"segment_seconds": 4, "time_offset": 3}'"""
        )
    playlist = await (await logged_in.get(f"/api/video/{video_id}/audio/1/index.m3u8")).text()
    assert durations(playlist) == pytest.approx([4, 4, 4], abs=0.03)
    served = await (await logged_in.get(f"/api/video/{video_id}/captions/{number}.vtt")).text()
    assert "MPEGTS:270000," in served


async def test_an_unfinished_audio_track_is_not_listed(
    logged_in: Client, publish: Publish, add_audio: AddAudio
) -> None:
    video_id = await publish()
    await add_audio(video_id, 0, "de")
    await add_audio(video_id, 1, "fr", done=False)
    assert not [line for line in await _master(logged_in, video_id) if "AUDIO" in line]
    for path in ("index.m3u8", "000.aac", "000.aac?v=1"):
        assert (await logged_in.get(f"/api/video/{video_id}/audio/1/{path}")).status == 404


async def test_an_unfinished_film_lists_no_tracks_but_serves_its_captions(
    logged_in: Client, publish: Publish, add_captions: AddCaptions, add_audio: AddAudio, database: Database
) -> None:
    video_id = await publish()
    number = await add_captions(video_id, 1)
    await add_audio(video_id, 0, "de")
    await add_audio(video_id, 1, "fr")
    await _set_encoding(database, video_id)
    assert not [line for line in await _master(logged_in, video_id) if "MEDIA" in line or "captions" in line]
    for path in ("audio/1/index.m3u8", "audio/1/000.aac", f"captions/{number}/index.m3u8"):
        assert (await logged_in.get(f"/api/video/{video_id}/{path}")).status == 404
    assert (await logged_in.get(f"/api/video/{video_id}/captions/{number}.vtt")).status == 200


async def test_a_new_version_has_its_own_captions_and_those_that_were_added(
    logged_in: Client, publish: Publish, add_captions: AddCaptions, add_audio: AddAudio
) -> None:
    video_id = await publish()
    old, added = await add_captions(video_id, 1), await add_captions(video_id, language="und", name="Subtitles")
    await add_audio(video_id, 0, "de")
    await add_audio(video_id, 1, "fr")
    await publish(video_id=video_id, version=2)
    new = await add_captions(video_id, 2)
    detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    base = str(logged_in.make_url(f"/api/video/{video_id}/captions/"))
    assert detail["captions"] == [
        {"language": "und", "kind": "full", "name": "Subtitles", "url": f"{base}{added}.vtt"},
        {"language": "de", "kind": "full", "name": "Deutsch", "url": f"{base}{new}.vtt"},
    ]
    uris = [line.split('URI="')[1].rstrip('"') for line in await _master(logged_in, video_id) if "URI" in line]
    assert uris == [f"captions/{added}/index.m3u8", f"captions/{new}/index.m3u8"]
    for number, status in ((old, 404), (added, 200), (new, 200)):
        assert (await logged_in.get(f"/api/video/{video_id}/captions/{number}.vtt")).status == status
    started = await logged_in.get(f"/api/video/{video_id}/audio/1/002.aac?v=1")
    assert await started.read() == b"v1 track 1 2"
    assert (await logged_in.get(f"/api/video/{video_id}/audio/1/002.aac")).status == 404


async def test_captions_belong_to_one_video(logged_in: Client, publish: Publish, add_captions: AddCaptions) -> None:
    mine, other = await publish(), await publish()
    number = await add_captions(other)
    await add_captions(mine)
    for path in (f"{number}.vtt", f"{number}/index.m3u8"):
        assert (await logged_in.get(f"/api/video/{other}/captions/{path}")).status == 200
        assert (await logged_in.get(f"/api/video/{mine}/captions/{path}")).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "captions/0.vtt",
        "captions/01.vtt",
        "captions/1.srt",
        "captions/%D9%A1.vtt",
        "captions/99999999999999999999.vtt",
        "captions/1/index.m3u",
        "captions/-1/index.m3u8",
        "audio/0/index.m3u8",
        "audio/0/000.aac",
        "audio/2/000.aac",
        "audio/01/000.aac",
        "audio/1/000.ts",
        "audio/1/0.aac",
        "audio/1/003.aac",
        "audio/1/000.aac?v=2",
        "audio/1/000.aac?v=0",
        "audio/1/000.aac?v=%D9%A1",
        "audio/1/000.aac%00",
        "audio/1/..%2f0%2f000.aac",
        "audio/..%2f1/000.aac",
    ],
)
async def test_unknown_paths_are_not_found(logged_in: Client, tracks: Tracks, path: str) -> None:
    answer = await logged_in.get(URL(f"/api/video/{tracks.video_id}/{path}", encoded=True))
    assert answer.status == 404
    assert isinstance((await answer.json())["detail"], str)


async def test_tracks_require_a_login(client: Client, tracks: Tracks) -> None:
    for path in tracks.paths:
        answer = await client.get(f"/api/video/{tracks.video_id}/{path}")
        assert answer.status == 401
        assert "ETag" not in answer.headers


async def test_conditions_ranges_and_head(logged_in: Client, tracks: Tracks) -> None:
    for path in tracks.paths:
        url = f"/api/video/{tracks.video_id}/{path}"
        whole = await logged_in.get(url)
        body = await whole.read()
        for condition, name in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            answer = await logged_in.get(url, headers={condition: whole.headers[name]})
            assert (answer.status, await answer.read()) == (304, b"")
        part = await logged_in.get(url, headers={"Range": "bytes=3-6"})
        assert (part.status, await part.read()) == (206, body[3:7])
        head = await logged_in.head(url)
        assert (head.status, head.headers["Content-Length"]) == (200, str(len(body)))


async def test_the_master_changes_when_a_track_is_added(
    logged_in: Client, publish: Publish, add_captions: AddCaptions, add_audio: AddAudio, database: Database
) -> None:
    video_id = await publish()
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET published_at = $1", datetime.now(UTC) - timedelta(hours=1))
    url = f"/api/video/{video_id}/master.m3u8"
    before = await logged_in.get(url)
    await add_captions(video_id)
    for condition, name in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        answer = await logged_in.get(url, headers={condition: before.headers[name]})
        assert answer.status == 200
        assert 'SUBTITLES="captions"' in await answer.text()
