"""Cases about playlists and segments."""

import re
import time
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

from conformance import contract
from conformance.backend import Backend, Film
from conformance.cases import Case
from conformance.checks import expect, expect_error, expect_header, expect_status, for_each
from conformance.client import Client, NotRun, Response

PLAYLIST_TYPE, SEGMENT_TYPE = "application/vnd.apple.mpegurl", "video/MP2T"
REVALIDATE, IMMUTABLE = "private, no-cache", "private, max-age=31536000, immutable"
SEGMENT = re.compile(r"\d{3,}\.ts\?v=\d+", re.ASCII)
VARIANT = "#EXT-X-STREAM-INF:"
ATTRIBUTES = {"BANDWIDTH", "AVERAGE-BANDWIDTH", "RESOLUTION", "FRAME-RATE", "CODECS"}
UNKNOWN_ID = 2_000_000_000
END_SECONDS = 10.0


def serves_playlist(backend: Backend) -> None:
    playlist = backend.film().playlist
    expect_status(playlist, 200)
    kind = playlist.content_type
    expect(kind == PLAYLIST_TYPE, f"the playlist is {kind or 'of no type'}, not {PLAYLIST_TYPE}")
    expect(playlist.body.startswith(b"#EXTM3U"), "the playlist does not begin with #EXTM3U")


def names_versions(backend: Backend) -> None:
    names = backend.film().segments
    wrong = [name for name in names if not SEGMENT.fullmatch(name)]
    expect(not wrong, f"the playlist names {len(wrong)} of {len(names)} segments like {wrong[0] if wrong else ''}")


def serves_every_quality(backend: Backend) -> None:
    film, client = backend.film(), backend.session()

    def is_there(label: str) -> None:
        playlist = client.get(f"{film.path}/{label}/index.m3u8")
        expect_status(playlist, 200)
        names = Film(film.id, playlist).segments
        expect(bool(names), f"the playlist of {label} names no segments")
        expect_status(client.get(f"{film.path}/{label}/{names[0]}"), 200)

    for_each(("480p", "720p", "1080p"), is_there)


def serves_master(backend: Backend) -> None:
    """An addition that a backend may lack."""
    response, client = _master(backend), backend.session()
    lines = response.body.decode(errors="replace").splitlines()
    variants = [(line, address) for line, address in pairwise(lines) if line.startswith(VARIANT)]
    expect(bool(variants), f"{response.request} names no variants")

    def is_complete(variant: tuple[str, str]) -> None:
        line, address = variant
        missing = ATTRIBUTES - {name.partition("=")[0] for name in re.split(r"[:,]", line)}
        expect(not missing, f"a variant of {response.request} lacks {', '.join(sorted(missing))}")
        path = urlsplit(urljoin(response.request.removeprefix("GET "), address))
        expect_status(client.get(path.path + (f"?{path.query}" if path.query else "")), 200)

    for_each(variants, is_complete)


def gates_master(backend: Backend) -> None:
    path = _master(backend).request.removeprefix("GET ")
    expect_status(backend.client().get(path), 401)


def serves_segment(backend: Backend) -> None:
    response = backend.session().get(backend.film().first_segment)
    expect_status(response, 200)
    kind = response.content_type
    expect(kind == SEGMENT_TYPE, f"the segment is {kind or 'of no type'}, not {SEGMENT_TYPE}")
    expect(bool(response.body), "the segment is empty")


def serves_segment_with_slash(backend: Backend) -> None:
    path, client = backend.film().first_segment, backend.session()
    response = client.get(f"{path}/")
    expect_status(response, 200)
    expect(response.body == client.get(path).body, "the segment with `/` at the end is another one")


def gates_playlist(backend: Backend) -> None:
    expect_status(backend.client().get(f"{backend.film().path}/480p/index.m3u8"), 401)


def gates_segment(backend: Backend) -> None:
    path = backend.film().first_segment
    for_each((path, f"{path}/"), lambda each: expect_status(backend.client().get(each), 401))


def gates_any_id(backend: Backend) -> None:
    """Needs no film: who is not logged in does not learn which films there are."""
    paths = [f"/api/video/{UNKNOWN_ID}/480p/{name}" for name in ("index.m3u8", "000.ts", "000.ts/")]
    for_each(paths, lambda path: expect_error(backend.client().get(path), 401))


def has_no_unknown_film(backend: Backend) -> None:
    ids = (UNKNOWN_ID, 0, "9" * 20, "abc", "-1")
    paths = [f"/api/video/{video_id}/480p/{name}" for video_id in ids for name in ("index.m3u8", "000.ts")]
    for_each(paths, lambda path: expect_error(backend.session().get(path), 404))


def has_no_other_resolution(backend: Backend) -> None:
    film = backend.film()
    paths = [f"{film.path}/{label}/index.m3u8" for label in ("999p", "480", "480P", "best")]
    for_each(paths, lambda path: expect_error(backend.session().get(path), 404))


def has_no_other_name(backend: Backend) -> None:
    film = backend.film()
    names = ("0.ts", "abc.ts", "000.mp4", "000", "000.ts.bak", "..%2findex.m3u8", "..%2f..%2f..%2fetc%2fpasswd")
    paths = [f"{film.path}/480p/{name}" for name in names]
    for_each(paths, lambda path: expect_error(backend.session().get(path), 404))


def has_no_further_segment(backend: Backend) -> None:
    film = backend.film()
    if b"#EXT-X-ENDLIST" not in film.playlist.body:
        raise NotRun("it needs a film whose playlist has an end")
    expect_error(backend.session().get(f"{film.path}/480p/{len(film.segments) + 1:03d}.ts"), 404)


def caches_playlist(backend: Backend) -> None:
    expect_header(backend.film().playlist, "Cache-Control", REVALIDATE)


def caches_segment_without_version(backend: Backend) -> None:
    expect_header(backend.session().get(backend.film().first_segment), "Cache-Control", REVALIDATE)


def caches_segment_with_version(backend: Backend) -> None:
    film = backend.film()
    response = backend.session().get(f"{film.path}/480p/{film.segments[0]}")
    expect_status(response, 200)
    expect_header(response, "Cache-Control", IMMUTABLE)


def has_validators(backend: Backend) -> None:
    def is_complete(response: Response) -> None:
        missing = [name for name in ("ETag", "Last-Modified") if not response.header(name)]
        expect(not missing, f"{response.request} has no {' and no '.join(missing)}")

    for_each(_media(backend), is_complete)


def revalidates_by_etag(backend: Backend) -> None:
    for path, response in _validated(backend, "ETag"):
        expect_status(backend.session().get(path, If_None_Match=response.header("ETag")), 304)
        expect_status(backend.session().get(path, If_None_Match='"another"'), 200)


def revalidates_by_date(backend: Backend) -> None:
    for path, response in _validated(backend, "Last-Modified"):
        expect_status(backend.session().get(path, If_Modified_Since=response.header("Last-Modified")), 304)


def answers_head(backend: Backend) -> None:
    def is_alike(full: Response) -> None:
        response = backend.session().request("HEAD", full.request.removeprefix("GET "))
        expect_status(response, 200)
        length = response.header("Content-Length")
        wanted = str(len(full.body))
        expect(length == wanted, f"{response.request} has Content-Length: {length or 'nothing'}, not {wanted}")

    for_each(_media(backend), is_alike)


def serves_ranges(backend: Backend) -> None:
    path, client = backend.film().first_segment, backend.session()
    whole = client.get(path).body
    size = len(whole)
    ranges = {"bytes=0-9": (0, 9), "bytes=5-": (5, size - 1), "bytes=-4": (size - 4, size - 1)}

    def is_part(wanted: str) -> None:
        response = client.get(path, Range=wanted)
        expect(response.status == 206, f"Range: {wanted} is answered with {response.status}, not 206")
        first, last = ranges[wanted]
        expect_header(response, "Content-Range", f"bytes {first}-{last}/{size}")
        expect(response.body == whole[first : last + 1], f"Range: {wanted} is answered with other bytes")

    for_each(ranges, is_part)


def refuses_range_beyond_end(backend: Backend) -> None:
    path, client = backend.film().first_segment, backend.session()
    response = client.get(path, Range="bytes=99999999999-")
    expect_status(response, 416)
    expect_header(response, "Content-Range", f"bytes */{len(client.get(path).body)}")


def obeys_if_range(backend: Backend) -> None:
    path, client = backend.film().first_segment, backend.session()
    etag = client.get(path).header("ETag")
    if not etag:
        raise NotRun("it needs a segment with an ETag")
    expect_status(client.get(path, Range="bytes=0-9", If_Range=etag), 206)
    response = client.get(path, Range="bytes=0-9", If_Range='"another"')
    expect(response.status == 200, f"If-Range with another ETag is answered with {response.status}, not 200")


def plays_by_bearer(backend: Backend) -> None:
    access = backend.session().cookies["access_token"]
    response = backend.client().get(backend.film().first_segment, Authorization=f"Bearer {access}")
    expect_status(response, 200)


def survives_expired_access_token(backend: Backend) -> None:
    """Browsers drop the access cookie when its token expires."""
    response = backend.session().copy("refresh_token").get(backend.film().first_segment)
    expect(
        response.status == 200, f"a segment is answered with {response.status}, not 200, to a valid refresh cookie"
    )
    expect("access_token" in response.cookies, "the answer to a valid refresh cookie sets no new access cookie")


def ends_with_logout(backend: Backend) -> None:
    client = backend.log_in(backend.member())
    path, viewer = backend.film().first_segment, client.copy()
    expect_status(viewer.get(path), 200)
    client.post_nothing("/api/logout/")
    expect_end_of_access(viewer, path, "the logout")


def expect_end_of_access(viewer: Client, path: str, after: str) -> None:
    """That this client, with the tokens it has had, gets 401 within END_SECONDS."""
    deadline = time.monotonic() + END_SECONDS
    while (response := viewer.copy("access_token").get(path)).status != 401:
        expect(
            time.monotonic() < deadline,
            f"{response.request} answers {response.status} {END_SECONDS:.0f} s after {after}",
        )
        time.sleep(0.5)
    expect_status(viewer.copy().get(path), 401)


def _master(backend: Backend) -> Response:
    """Raises NotRun if there is none."""
    response = backend.session().get(f"{backend.film().path}/master.m3u8")
    if response.status == 404:
        raise NotRun("it needs a master playlist, which is an addition to the contract")
    expect_status(response, 200)
    return response


def _media(backend: Backend) -> list[Response]:
    """A playlist and a segment."""
    film = backend.film()
    return [film.playlist, backend.session().get(film.first_segment)]


def _validated(backend: Backend, name: str) -> list[tuple[str, Response]]:
    """Paths and responses with this header. Raises NotRun if there are none."""
    found = [(one.request.removeprefix("GET "), one) for one in _media(backend) if one.header(name)]
    if not found:
        raise NotRun(f"it needs answers with {name}")
    return found


CASES = (
    Case("playlist", contract.PLAYLIST, serves_playlist),
    Case("playlist: versions", contract.VERSIONS, names_versions),
    Case("playlist: every quality", contract.QUALITIES, serves_every_quality),
    Case("playlist: without login", contract.STREAM_CLOSED, gates_playlist),
    Case("playlist: other resolution", contract.NO_PLAYLIST, has_no_other_resolution),
    Case("master playlist", contract.MASTER, serves_master),
    Case("master playlist: without login", contract.GATED, gates_master),
    Case("segment", contract.SEGMENT, serves_segment),
    Case("segment: trailing slash", contract.SEGMENT, serves_segment_with_slash),
    Case("segment: without login", contract.GATED, gates_segment),
    Case("segment: other name", contract.NO_SEGMENT, has_no_other_name),
    Case("segment: beyond the end", contract.NO_SEGMENT, has_no_further_segment),
    Case("unknown film: without login", contract.STREAM_CLOSED, gates_any_id),
    Case("unknown film", contract.NO_PLAYLIST, has_no_unknown_film),
    Case("caching: playlist", contract.CACHING, caches_playlist),
    Case("caching: segment", contract.CACHING, caches_segment_without_version),
    Case("caching: segment with version", contract.CACHING, caches_segment_with_version),
    Case("media: ETag and Last-Modified", contract.CONDITIONS, has_validators),
    Case("media: If-None-Match", contract.CONDITIONS, revalidates_by_etag),
    Case("media: If-Modified-Since", contract.CONDITIONS, revalidates_by_date),
    Case("media: HEAD", contract.CONDITIONS, answers_head),
    Case("media: Range", contract.CONDITIONS, serves_ranges),
    Case("media: Range beyond the end", contract.CONDITIONS, refuses_range_beyond_end),
    Case("media: If-Range", contract.CONDITIONS, obeys_if_range),
    Case("segment: Bearer", contract.BEARER, plays_by_bearer),
    Case("segment: expired access token", contract.EXPIRED, survives_expired_access_token),
    Case("segment: after logout", contract.END_OF_ACCESS, ends_with_logout),
)
