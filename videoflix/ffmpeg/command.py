"""Argument lists for ffmpeg and ffprobe: pure, so that what is run can be read and tested."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from videoflix.models import Probe, Rung
from videoflix.units import key_frame_interval, segment_seconds

# Containers that hold their own film. No playlists (hls, concat, dash, …): those read other files.
DEMUXERS = ",".join(
    (
        "matroska,webm",
        "mov,mp4,m4a,3gp,3g2,mj2",
        "avi,flv,asf,ogg,mpeg,mpegts,mxf,nut,wtv,rm,dv,ivf,gif",
    )
)
INPUT = ("-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS)

CRF = 23
# Ceilings in kbit/s, of the order of Apple's authoring table for H.264.
MOST_KBITS = {480: 1600, 720: 3200, 1080: 6000}
# Sound begins at the beginning and ends with the picture (-shortest): silence fills what it leaves open.
AUDIO = (
    *("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"),
    *("-af", "aresample=async=1:first_pts=0,apad", "-shortest"),
)
# Where the time line begins, in seconds: room for the negative decode times of B-frames.
TIME_OFFSET = 10


def probe(ffprobe: str, source: Path) -> list[str]:
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json"),
        *("-show_format", "-show_streams", f"file:{source}"),
    ]


def first_frames(ffprobe: str, source: Path, video: int) -> list[str]:
    """The times of the first two frames of a stream, as JSON."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", str(video)),
        *("-read_intervals", "%+#2", "-show_entries", "frame=best_effort_timestamp_time", f"file:{source}"),
    ]


def encode(ffmpeg: str, source: Path, probe: Probe, rungs: Sequence[Rung], *, preset: str, cores: int) -> list[str]:
    """Decode once, encode all rungs (lowest first) side by side, as HLS in folders named like the rungs.

    The folders must exist in the working directory. Key frames stand at the same instants on all rungs.
    """
    decoding, *encoding = _threads(len(rungs), cores)
    arguments = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.5"),
        *(*decoding, *INPUT, "-i", f"file:{source}"),
        *("-filter_complex", filter_graph(probe, rungs)),
    ]
    for rung, threads in zip(rungs, encoding, strict=True):
        arguments += ["-map", f"[{rung.name}]", *_video(rung, probe.frame_rate, preset), *threads]
        if probe.audio is not None:
            arguments += ["-map", f"0:{probe.audio}", *AUDIO]
        arguments += _hls(rung, probe.frame_rate)
    return arguments


def _threads(rungs: int, cores: int) -> list[tuple[str, ...]]:
    """Options for the decoder and for each encoder, lowest rung first.

    Left to themselves all of them take 1.5 threads per core and wait for each other: on two cores this split
    saved 4 % of the time of three rungs. A single rung is left to itself.
    """
    if rungs == 1:
        return [(), ()]
    half, all_of_them = ("-threads", str(max(1, cores // 2))), ("-threads", str(max(1, cores)))
    return [half, *[half] * (rungs - 1), all_of_them]


def filter_graph(probe: Probe, rungs: Sequence[Rung]) -> str:
    """One chain from the source down the ladder: each rung is scaled from the one above it."""
    *lower, top = rungs
    prepare = ["bwdif"] if probe.interlaced else []
    prepare += [f"setpts=if(N\\,PTS\\,PTS+round({probe.hold:.6f}/TB))"] if probe.hold else []
    prepare += [f"fps={probe.frame_rate}", f"scale={top.width}:{top.height}", "setsar=1", "format=yuv420p"]
    chains = [f"[0:{probe.video}]" + ",".join(prepare)]
    above = top
    for rung in reversed(lower):
        chains[-1] += f",split[{above.name}][to{rung.name}]"
        chains.append(f"[to{rung.name}]scale={rung.width}:{rung.height}")
        above = rung
    chains[-1] += f"[{above.name}]"
    return ";".join(chains)


def gray_frame(ffmpeg: str, source: Path, video: int, at: float, width: int, height: int) -> list[str]:
    """One small gray picture at a time in seconds, as raw bytes on standard output."""
    return [
        *_one_frame(ffmpeg, source, video, at),
        *("-vf", f"scale={width}:{height},format=gray", "-f", "rawvideo", "pipe:1"),
    ]


def thumbnail(ffmpeg: str, source: Path, video: int, at: float, width: int, target: Path) -> list[str]:
    """One JPEG at a time in seconds, `width` pixels wide, with square pixels."""
    return [
        *_one_frame(ffmpeg, source, video, at),
        *("-vf", f"scale='max(2,trunc(iw*sar/2)*2)':ih,scale={width}:-2,setsar=1,format=yuvj420p"),
        *("-q:v", "4", "-f", "image2", "-update", "1", f"file:{target}"),
    ]


def demo_film(ffmpeg: str, target: Path, seconds: int) -> list[str]:
    """A moving test picture with a clock and a beep every second, from ffmpeg's own sources."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1"),
        *("-f", "lavfi", "-i", f"testsrc2=size=1920x1080:rate=30:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=330:beep_factor=4:sample_rate=48000:duration={seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-g", "60"),
        *("-c:a", "aac", "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]


def _one_frame(ffmpeg: str, source: Path, video: int, at: float) -> list[str]:
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", *INPUT),
        *("-ss", f"{at:.3f}", "-i", f"file:{source}", "-map", f"0:{video}", "-frames:v", "1"),
    ]


def _video(rung: Rung, rate: Fraction, preset: str) -> list[str]:
    interval = str(key_frame_interval(rate))
    most = MOST_KBITS[rung.label]
    return [
        *("-c:v", "libx264", "-preset", preset, "-profile:v", "high"),
        *("-crf", str(CRF), "-maxrate", f"{most}k", "-bufsize", f"{2 * most}k"),
        *("-g", interval, "-keyint_min", interval, "-sc_threshold", "0"),
        *("-fps_mode", "passthrough"),  # the filter has made the rate constant; nothing is filled in at the start
    ]


def _hls(rung: Rung, rate: Fraction) -> list[str]:
    return [
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-max_muxing_queue_size", "4096"),
        *("-output_ts_offset", str(TIME_OFFSET), "-avoid_negative_ts", "disabled"),
        *("-muxdelay", "0", "-muxpreload", "0", "-f", "hls", "-hls_playlist_type", "vod"),
        *("-hls_time", f"{segment_seconds(rate):.6f}", "-hls_segment_filename", f"{rung.name}/%03d.ts"),
        f"{rung.name}/index.m3u8",
    ]
