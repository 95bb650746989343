"""The rows of encodes, also those that earlier versions have written."""

import json
from fractions import Fraction
from typing import Any

from tests.fixtures.published import Publish
from videoflix.db.pool import Database
from videoflix.encoding import queries
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.models import AudioTrack, CaptionTrack, EncodePlan, Probe, Rendition
from videoflix.library.models import CaptionKind
from videoflix.library.queries import encodes, videos

# As earlier versions have stored it.
STORED: dict[str, Any] = {
    "video": 0,
    "codec": "h264",
    "x264_build": 164,
    "sounds": [
        {"stream": 1, "begin": 0.0, "language": "de", "name": None, "is_mono": False},
        {"stream": 2, "begin": 0.0, "language": "fr", "name": "Français", "is_mono": True},
    ],
    "texts": [{"stream": 3, "codec": "subrip", "kind": "forced", "language": "de", "name": "Deutsch"}],
    "width": 854,
    "height": 480,
    "frame_rate": "30000/1001",
    "duration": 60.06,
    "frames": 1800,
    "length": None,
    "max_length": None,
    "overhang": 0.0,
    "is_still": False,
    "interlaced": False,
    "colour": {"matrix": "bt709", "primaries": "bt709", "hdr": None, "range": None, "tone_map": None},
    "origin": 0.0,
    "first": 0.08,
    "hold": 0.0,
    "notes": [],
}
# What only earlier versions read: they take what is missing for False.
FORMER = {"loopback": True}
READ = Probe(
    video=0,
    codec="h264",
    x264_build=164,
    audio_tracks=(
        AudioTrack(stream=1, language="de"),
        AudioTrack(stream=2, language="fr", name="Français", is_mono=True),
    ),
    captions=(CaptionTrack(stream=3, codec="subrip", kind=CaptionKind.FORCED, language="de", name="Deutsch"),),
    width=854,
    height=480,
    frame_rate=Fraction(30000, 1001),
    duration=60.06,
    frames=1800,
    first=0.08,
)


async def test_a_probe_of_an_earlier_version_is_read(publish: Publish, database: Database) -> None:
    await publish()
    async with database.connection() as connection:
        encode_id = await connection.fetchval(
            "UPDATE encodes SET probe = $1 RETURNING id", json.dumps(STORED | FORMER)
        )
        plan = await queries.plan(connection, encode_id)
    assert plan is not None
    assert plan.probe == READ
    assert [one.label for one in plan.renditions] == [480, 720, 1080]


async def test_a_probe_is_stored_so_that_workers_of_an_earlier_version_can_read_it(database: Database) -> None:
    plan = EncodePlan(READ, (Rendition(480, 854, 480),), CURRENT)
    async with database.transaction() as connection:
        encode_id = await encodes.insert(connection, await videos.insert(connection, "Film", "", ""))
        assert encode_id is not None
        assert await queries.begin(connection, encode_id, plan)
        stored = json.loads(await connection.fetchval("SELECT probe FROM encodes"))
        tracks = [
            {key: track[key] for key in former}
            for track, former in zip(stored.pop("sounds"), STORED["sounds"], strict=True)
        ]
        assert {key: stored[key] for key in STORED if key != "sounds"} | {"sounds": tracks} == STORED
        assert await queries.plan(connection, encode_id) == plan
