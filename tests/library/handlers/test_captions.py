"""Subtitles are brought to a video that is there already, and taken away again."""

import io

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import Publish

SRT = "1\n00:00:01,000 --> 00:00:02,000\nGrüß Gott\n"


async def test_subtitles_are_brought_shown_and_taken_away(logged_in: Client, publish: Publish) -> None:
    path = f"/api/admin/videos/{await publish()}/"
    answer = await logged_in.post(f"{path}captions/?language=ger", data=SRT.encode("cp1252"))
    brought = await answer.json()
    assert answer.status == 201
    assert brought == {"id": brought["id"], "language": "de", "kind": "full", "name": "Deutsch"}
    assert (await (await logged_in.get(path)).json())["captions"] == [brought]
    text = await logged_in.get(f"{path.replace('admin/videos', 'video')}captions/{brought['id']}.vtt")
    assert "Grüß Gott" in await text.text()
    assert (await logged_in.delete(f"{path}captions/{brought['id']}/")).status == 204
    assert (await (await logged_in.get(path)).json())["captions"] == []
    assert (await logged_in.delete(f"{path}captions/{brought['id']}/")).status == 404
    editing = await (await logged_in.get("/api/admin/audit/")).json()
    assert [(one["action"], one["detail"]) for one in editing["items"]] == [
        ("captions.delete", {"language": "de"}),
        ("captions.add", {"language": "de", "kind": "full"}),
    ]


async def test_captions_of_one_language_and_different_kinds_are_all_offered(
    logged_in: Client, publish: Publish
) -> None:
    video_id = await publish()
    path = f"/api/admin/videos/{video_id}/"
    for kind in ("forced", "full", "sdh"):
        answer = await logged_in.post(f"{path}captions/?language=de&kind={kind}", data=SRT)
        assert (await answer.json())["kind"] == kind
    for address in (path, f"/api/video/{video_id}/"):
        told = (await (await logged_in.get(address)).json())["captions"]
        assert [(one["language"], one["kind"], one["name"]) for one in told] == [
            ("de", "forced", "Deutsch (forced)"),
            ("de", "full", "Deutsch"),
            ("de", "sdh", "Deutsch (SDH)"),
        ]
    master = await (await logged_in.get(f"/api/video/{video_id}/master.m3u8")).text()
    assert (master.count("FORCED=YES"), master.count("CHARACTERISTICS=")) == (1, 1)


async def test_without_a_language_they_are_just_subtitles(logged_in: Client, publish: Publish) -> None:
    answer = await logged_in.post(f"/api/admin/videos/{await publish()}/captions/", data=SRT)
    assert ((await answer.json())["language"], (await answer.json())["name"]) == ("und", "Subtitles")


async def test_language_and_kind_are_read_in_the_name_of_the_file_and_can_be_corrected(
    logged_in: Client, publish: Publish
) -> None:
    path = f"/api/admin/videos/{await publish()}/"
    answer = await logged_in.post(f"{path}captions/?filename=My.film.deu.forced.srt", data=SRT)
    added = await answer.json()
    assert (added["language"], added["kind"]) == ("de", "forced")
    one = f"{path}captions/{added['id']}/"
    answer = await logged_in.patch(one, json={"language": "pt-br", "kind": "sdh"})
    corrected = await answer.json()
    assert corrected == {"id": added["id"], "language": "pt-BR", "kind": "sdh", "name": "Português (Brasil) (SDH)"}
    assert (await (await logged_in.get(path)).json())["captions"] == [corrected]
    assert (await logged_in.patch(one, json={"language": "loud", "kind": "full"})).status == 400
    assert (await logged_in.patch(f"{path}captions/99/", json={"language": "und", "kind": "full"})).status == 404
    text = await logged_in.get(one)
    assert (text.content_type, "Grüß Gott" in await text.text()) == ("text/vtt", True)
    assert (await logged_in.get(f"{path}captions/99/")).status == 404


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", b"", 400),
        ("", b"no subtitles", 400),
        ("?language=42", SRT.encode(), 400),
        ("?kind=loud", SRT.encode(), 400),
        ("", b"x" * 1_100_000, 413),
    ],
)
async def test_what_are_no_subtitles_is_refused(
    logged_in: Client, publish: Publish, query: str, body: bytes, status: int
) -> None:
    path = f"/api/admin/videos/{await publish()}/"
    answer = await logged_in.post(f"{path}captions/{query}", data=io.BytesIO(body))
    assert answer.status == status
    assert isinstance((await answer.json())["detail"], str)
    assert (await (await logged_in.get(path)).json())["captions"] == []


async def test_of_a_video_that_is_not_there_nothing_is_kept(logged_in: Client, publish: Publish) -> None:
    assert (await logged_in.post("/api/admin/videos/99/captions/", data=SRT)).status == 404
    mine, other = await publish(), await publish()
    answer = await logged_in.post(f"/api/admin/videos/{mine}/captions/", data=SRT)
    number = (await answer.json())["id"]
    assert (await logged_in.delete(f"/api/admin/videos/{other}/captions/{number}/")).status == 404
