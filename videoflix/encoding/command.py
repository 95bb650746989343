"""Argument lists for ffmpeg and ffprobe: pure functions, so that what is run can be read and tested."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from videoflix.encoding import colour
from videoflix.encoding.geometry import Geometry
from videoflix.encoding.ladder import BUFFER_SECONDS, MAX_KBITS
from videoflix.encoding.models import EncodePlan, Probe, Rung, Sound, TextTrack
from videoflix.encoding.units import Unit

# Containers that hold the film themselves. No playlists (hls, concat, dash, …): those read other files.
DEMUXERS = ",".join(
    (
        "matroska,webm",
        "mov,mp4,m4a,3gp,3g2,mj2",
        "avi,flv,asf,ogg,mpeg,mpegts,mxf,nut,wtv,rm,dv,ivf,gif",
    )
)
# Demuxers that are only used to name what a file is; it is never accepted as a film.
OTHERS = ",".join(
    (
        "mp3,wav,w64,aac,ac3,eac3,ac4,flac,amr,amrnb,amrwb,aiff,au,caf,ape,wv,tta,tak,mpc,mpc8,dts,dtshd,truehd,mlp",
        "loas,adx,voc,xwma,dsf,iff,lc3,qoa,osq,aptx,sbc",
        "h264,hevc,vvc,evc,m4v,mpegvideo,vc1,vc1test,cavsvideo,avs2,avs3,obu,av1,h261,h263,dirac,dnxhd,yuv4mpegpipe",
        "bmp_pipe,dds_pipe,dpx_pipe,exr_pipe,hdr_pipe,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,pbm_pipe,pcx_pipe",
        "pgm_pipe,png_pipe,ppm_pipe,psd_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,tiff_pipe,webp_pipe,xpm_pipe",
    )
)
# Captions that are copied: a decoder would lose what distinguishes drawings from text. Others become WebVTT.
CAPTION_FORMS = {"ass": "ass", "ssa": "ass", "subrip": "srt", "text": "srt"}
# Frames may be larger than the container has promised.
MAX_PIXELS = 8192 * 8192
MAX_SECONDS = 24 * 3600
# A damaged time stamp may be anywhere: filling the gap with frames or silence would take years. A longer step than
# this is ignored, and audio that is later than this after the film's end is dropped.
MAX_STEP = 60
INPUT = (
    *("-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS),
    *("-max_pixels", str(MAX_PIXELS)),
)

# ffmpeg takes a gap of more than 10 s in one stream of a broadcast for a jump of the clock.
STEADY = ("-dts_delta_threshold", str(MAX_SECONDS))

CRF = 23
# How full the rate control's buffer is at the start of a unit in the middle of the film. x264's default (0.9) suits a
# whole film; with every unit it would allow a burst that one long run could not afford. Grain at the ceiling came out
# 7.5 % larger with 0.9, and 3.9 % smaller with 0.3.
CARRIED = 0.5
# Audio starts at the film's start, and silence fills its gaps: also one lost packet of the shortest kind (20 ms,
# Opus), or everything after it would be early.
FILL = "aresample=async=1:first_pts=0:min_hard_comp=0.02"
# Most packets of a damaged track may be undecodable: the others are used.
AS_IT_IS = ("-max_error_rate", "1")
# ffmpeg's own conversion from mono to stereo reduces the level by 3 dB.
MONO_TO_STEREO = "pan=stereo|FL=FL+FC|FR=FR+FC"
# The encoder's decode times begin this many frames before the first frame is shown, because of B-frames.
AHEAD = 2
# A player's clock starts with the first time stamp that it finds, and anything later leaves a gap there, which hls.js
# has to seek over. So nothing comes before the first frame: B-frames would be decoded two frames before it is shown,
# and AAC has one packet of lead-in. The steps of 400 ticks end before the encoder's own decode times, two frames
# behind, have caught up.
DECODE_FROM_ZERO = ("-bsf:v", "setts=time_base=1/90000:prescale=1:pts=PTS:dts=max(DTS\\,STARTPTS+400*N)")
SOUND_FROM_ZERO = ("-bsf:a", "noise=drop=lt(pts\\,0)")


# For streams whose first packet ends late, as that of slides in a broadcast does: it ends where the next one begins.
# ffprobe reads for five seconds of the film otherwise.
PATIENT = ("-analyzeduration", "120M", "-probesize", "100M")


def probe(ffprobe: str, source: Path, *, patient: bool = False) -> list[str]:
    return [
        *(ffprobe, "-v", "error", *INPUT, *(PATIENT if patient else ()), "-print_format", "json"),
        *("-show_format", "-show_streams", f"file:{source}"),
    ]


def sample(ffmpeg: str, source: Path, stream: int, target: Path) -> list[str]:
    """The beginning of one stream, with its original time stamps."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-copyts", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{stream}", "-c", "copy", "-t", "2", "-fs", "16M", "-f", "matroska", f"file:{target}"),
    ]


def identify(ffprobe: str, source: Path) -> list[str]:
    """The same for a file that is not a film: these demuxers read nothing but the file either."""
    whitelists = ("-protocol_whitelist", "file,pipe", "-format_whitelist", OTHERS)
    return [
        *(ffprobe, "-v", "error", *whitelists, "-max_pixels", str(MAX_PIXELS), "-print_format", "json"),
        *("-show_format", "-show_streams", f"file:{source}"),
    ]


def frames(ffprobe: str, source: Path, video: int, packets: int) -> list[str]:
    """The time stamps of the frames in the first packets of a stream, as JSON."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", str(video)),
        *("-read_intervals", f"%+#{packets}", "-show_entries", "frame=best_effort_timestamp_time", f"file:{source}"),
    ]


def first_picture(ffmpeg: str, source: Path, video: int) -> list[str]:
    """The first frame of a stream that can be decoded, tiny, on standard output. ffprobe would fail if another
    stream has a damaged header."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{video}", "-vf", "scale=16:16", "-pix_fmt", "gray", "-frames:v", "1", "-f", "rawvideo", "-"),
    ]


def packets(ffprobe: str, source: Path, video: int, interval: str = "") -> list[str]:
    """The time stamps of the packets of a stream, as JSON; `interval` is in the syntax of ffprobe."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", str(video)),
        *(("-read_intervals", interval) if interval else ()),
        *("-show_entries", "packet=pts_time,duration_time,flags", f"file:{source}"),
    ]


def packet_times(ffprobe: str, source: Path, interval: str = "") -> list[str]:
    """The stream, presentation time, decode time, duration and flags of each packet, as CSV; `interval` is in the
    syntax of ffprobe."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-of", "csv=p=0"),
        *(("-read_intervals", interval) if interval else ()),
        *("-show_entries", "packet=stream_index,pts_time,dts_time,duration_time,flags", f"file:{source}"),
    ]


def packet_streams(ffprobe: str, source: Path, count: int) -> list[str]:
    """The streams of the first video packets of a file, as JSON."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", "v"),
        *("-read_intervals", f"%+#{count}", "-show_entries", "packet=stream_index", f"file:{source}"),
    ]


def first_packet(ffmpeg: str, source: Path, video: int) -> list[str]:
    """The first packet of a stream, unchanged, on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{video}", "-c", "copy", "-frames:v", "1", "-f", "data", "pipe:1"),
    ]


def decoder(probe: Probe) -> tuple[str, ...]:
    """Input options: what the film's decoder would know if it began with the first packet."""
    return () if probe.x264_build is None else ("-x264_build:v", str(probe.x264_build))


def filters(ffmpeg: str) -> list[str]:
    return [ffmpeg, "-v", "error", "-filters"]


def scale_options(ffmpeg: str) -> list[str]:
    return [ffmpeg, "-v", "error", "-h", "filter=scale"]


def version(ffmpeg: str) -> list[str]:
    return [ffmpeg, "-version"]


def encode(
    ffmpeg: str,
    source: Path,
    plan: EncodePlan,
    unit: Unit,
    sound: tuple[Path, Fraction] | None = None,
    *,
    entry: float | None = None,
    silent: bool = False,
    preset: str,
    cores: int,
) -> list[str]:
    """Decode a part of a film once, and encode it for all rungs (lowest first) in parallel.

    The output is HLS segments in folders named after the rungs, which must exist in the working directory. Key frames
    are at the same instants on all rungs. `entry` is where the source is read from, in seconds after its first frame,
    if that is not where the unit begins. `sound` is a file of AAC packets for this unit, and when the first of them
    is played, in seconds after the unit's first frame. A film of one unit without a known length takes its audio from
    the source in the same run, or silence if it is to be `silent`.
    """
    probe, rungs, geometry = plan.probe, plan.rungs, plan.geometry
    decoding, *encoding = _threads(len(rungs), cores)
    arguments = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.5"),
        *("-filter_complex_threads", str(cores)),
        # a change of size in the middle of the film is scaled, without restarting the filters
        *(
            *decoding,
            "-reinit_filter:v",
            "0",
            *_seek(probe, unit, entry),
            *decoder(probe),
            *(STEADY if probe.pauses else ()),
            *INPUT,
            "-i",
            f"file:{source}",
        ),
    ]
    graph, along = [filter_graph(probe, rungs, unit, entry)], unit.frames is None and bool(probe.sounds)
    if sound:
        file, begin = sound
        arguments += ["-itsoffset", f"{float(begin):.6f}", "-f", "aac", "-i", f"file:{file}"]
    elif along:
        decoded, chain = _along(probe, geometry, silent=silent)
        arguments += decoded
        graph.append(f"{chain},asplit={len(rungs)}" + "".join(f"[sound{rung.name}]" for rung in rungs))
    arguments += ["-filter_complex", ";".join(graph)]
    for rung, threads in zip(rungs, encoding, strict=True):
        arguments += ["-map", f"[{rung.name}]", *_video(rung, plan, preset, unit), *threads]
        arguments += DECODE_FROM_ZERO if unit.first_frame == 0 else ()
        if sound:
            arguments += ["-map", "1:a", "-c:a", "copy"]
        elif along:
            arguments += ["-map", f"[sound{rung.name}]", *_aac(geometry), *SOUND_FROM_ZERO, "-shortest"]
        arguments += _hls(rung, plan, unit)
    return arguments


def max_seconds(probe: Probe) -> float:
    """How long a film in one piece may become: its picture and its sound end by then, whatever happens to them."""
    longest = probe.max_length if probe.length is None else probe.length
    return MAX_SECONDS if longest is None else min(MAX_SECONDS, longest + MAX_STEP)


def _along(probe: Probe, geometry: Geometry, *, silent: bool) -> tuple[list[str], str]:
    """Options and filters for audio that is encoded in the same run as the video, and ends with it."""
    seconds = max_seconds(probe)
    track = probe.sounds[0]
    if silent:  # the track is read in any case: the clock may count from its first packet
        unheard = ["-map", f"0:{track.stream}", "-c", "copy", "-f", "null", "-"]
        return unheard, _silence(geometry, seconds)
    decoded, stereo = _decoded(probe, track, geometry)
    return decoded, f"{stereo}{_timed(probe, probe.first + probe.hold)},{_padded(seconds)}"


def _decoded(probe: Probe, track: Sound, geometry: Geometry) -> tuple[list[str], str]:
    """Options after the input that bring a track to one format, and the start of its chain of filters.

    In broadcasts it changes between stereo and 5.1. ffmpeg then restarts all filters of a track, and these count from
    the film's start: so only a decoder and a plain encoder may see the change. Older versions of ffmpeg cannot do
    that.
    """
    if not probe.loopback:
        return [], f"[0:{track.stream}]" + (f"{MONO_TO_STEREO}," if track.is_mono else "")
    return [
        *("-map", f"0:{track.stream}", "-c:a", "pcm_f32le", "-ac", "2", "-ar", str(geometry.sample_rate)),
        *(*(("-af", MONO_TO_STEREO) if track.is_mono else ()), "-f", "null", "-", "-dec", "0:0"),
    ], "[dec:0]"


def _timed(probe: Probe, begin: float) -> str:
    """Filters that let audio begin at a time in seconds, with silence before it if needed."""
    time = f"PTS*TB-({begin:.6f})"
    if probe.frames:
        astray = f"gt({time}\\,{float(probe.frames / probe.frame_rate) + MAX_STEP:.3f})"
    else:
        astray = f"gt(abs({time}-PREV_OUTT)\\,{MAX_STEP})"
    return f"asetpts=if({astray}\\,PREV_OUTPTS+NB_SAMPLES\\,PTS-({begin:.6f})/TB),{FILL}"


def _padded(seconds: float) -> str:
    """Filters that append silence up to so many seconds.

    If there is no audio at all at or after the first frame, silence has no time to continue from: it is counted anew,
    or nothing that waits for a time would ever end.
    """
    return f"apad=whole_dur={seconds:.6f},asetpts=N"


def _seek(probe: Probe, unit: Unit, entry: float | None) -> list[str]:
    """Input options: where the source is read from.

    The seek goes to the key frame at or before the unit, and no frame is dropped: the filter picks the frame that is
    shown when the unit begins, however long it has been shown by then, and ends the reading, too.
    """
    place = float(unit.first_frame / probe.frame_rate) if entry is None else entry
    return ["-noaccurate_seek", "-ss", f"{place + probe.first:.6f}"] if place else []


def _threads(rungs: int, cores: int) -> list[tuple[str, ...]]:
    """Options for the decoder and for each encoder, lowest rung first.

    By default all of them take 1.5 threads per core and wait for each other: on two cores this split saved 4 % of the
    time for three rungs. A single rung keeps the default, unless it is limited to one core.
    """
    if rungs == 1 and cores > 1:
        return [(), ()]
    half, all_of_them = ("-threads", str(max(1, cores // 2))), ("-threads", str(max(1, cores)))
    return [half, *[half] * (rungs - 1), all_of_them]


def filter_graph(probe: Probe, rungs: Sequence[Rung], unit: Unit, entry: float | None = None) -> str:
    """One chain from the source down the ladder: each rung is scaled from the one above it."""
    *lower, top = rungs
    prepare = []
    if probe.interlaced:  # it does not support a change of size
        prepare = [f"scale={probe.width}:{probe.height}:interl=-1", "bwdif=mode=send_frame"]
    prepare += _frames(probe, unit, entry)
    prepare += colour.bt709(probe.colour, f"{top.width}:{top.height}")
    chains = [f"[0:{probe.video}]" + ",".join(prepare)]
    above = top
    for rung in reversed(lower):
        chains[-1] += f",split[{above.name}][to{rung.name}]"
        chains.append(f"[to{rung.name}]scale={rung.width}:{rung.height}")
        above = rung
    chains[-1] += f"[{above.name}]"
    return ";".join(chains)


def _frames(probe: Probe, unit: Unit, entry: float | None) -> list[str]:
    """Exactly the frames of the unit, at the constant rate, counted from zero.

    What is missing at the end (the source stops early, or shows one frame for long) is filled with the last frame.
    """
    if unit.frames is None:
        astray = f"gt(abs(PTS*TB-({probe.first:.6f})-PREV_OUTT)\\,{MAX_STEP})"
        following = f"PREV_OUTPTS+1/(({probe.frame_rate})*TB)"
        begin = [f"setpts=if({astray}\\,{following}\\,PTS-round({probe.first:.6f}/TB))"]
        begin += [f"setpts=if(N\\,PTS-round({probe.hold:.6f}/TB)\\,PTS)"] if probe.hold else []
        stand = [f"tpad=stop_mode=clone:stop_duration={probe.overhang:.6f}"] if probe.overhang else []
        end = f"trim=end_frame={int(max_seconds(probe) * probe.frame_rate)}"
        return [*begin, f"fps={probe.frame_rate}:start_time=0", *stand, end]
    start = float(unit.first_frame / probe.frame_rate)
    place = start if entry is None else entry
    # ffmpeg counts from the seek target, or from where the container's clock starts
    late = start - place if place else start + probe.first
    return [
        *([f"setpts=PTS-round({late:.6f}/TB)"] if late else []),
        _standing(probe.frame_rate, unit.frames / probe.frame_rate + 1),
        f"fps={probe.frame_rate}:start_time=0",
        f"trim=end_frame={unit.frames}",
    ]


def _standing(rate: Fraction, seconds: Fraction) -> str:
    """Filters that repeat the last frame until a time in seconds: the first frame is inserted again at that time, and
    has to be trimmed. `tpad` would need a frame at or after 0, and the last one may be long before.

    `interleave` counts in microseconds: what is exactly between two frames is decided before it.
    """
    again = f"trim=end_frame=1,setpts={float(seconds):.6f}/TB"
    return f"split[shown][first];[first]{again}[end];[shown]fps={rate}[even];[even][end]interleave"


def sound(ffmpeg: str, source: Path, probe: Probe, track: Sound, geometry: Geometry) -> list[str]:
    """A whole audio track as AAC packets (ADTS) on standard output, from the film's first frame to its last."""
    decoded, stereo = _decoded(probe, track, geometry)
    chain, end = stereo + _timed(probe, probe.origin + probe.first + probe.hold - track.begin), []
    if probe.frames:
        seconds = float(probe.frames / probe.frame_rate)
        chain += f",{_padded(seconds)}"
        end = ["-t", f"{seconds:.6f}"]
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *AS_IT_IS, "-threads", "1"),
        *(*INPUT, "-i", f"file:{source}", *decoded),
        *("-filter_complex", f"{chain}[sound]", "-map", "[sound]", *_aac(geometry), *end, "-f", "adts", "pipe:1"),
    ]


def silence(ffmpeg: str, seconds: float, geometry: Geometry) -> list[str]:
    """Silence of so many seconds as AAC packets (ADTS) on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-f", "lavfi", "-i", _silence(geometry, seconds)),
        *(*_aac(geometry), "-f", "adts", "pipe:1"),
    ]


def _aac(geometry: Geometry) -> tuple[str, ...]:
    return ("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", str(geometry.sample_rate))


def _silence(geometry: Geometry, seconds: float) -> str:
    return f"anullsrc=channel_layout=stereo:sample_rate={geometry.sample_rate}:duration={seconds:.6f}"


def audio_trial(ffmpeg: str, source: Path, stream: int, geometry: Geometry) -> list[str]:
    """The first packet of an audio stream in the film's format, on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-threads", "1"),
        *(*INPUT, "-i", f"file:{source}", "-map", f"0:{stream}", *_aac(geometry)),
        *("-frames:a", "1", "-f", "adts", "pipe:1"),
    ]


def captions(ffmpeg: str, source: Path, probe: Probe, folder: Path, most_bytes: int) -> list[str]:
    """Every caption track as a file (`caption_form`), named by its position, with the times of the container's clock.

    A track may have no text for an hour: another stream on standard output, the first audio track or else the video,
    shows that reading continues.
    """
    beside = probe.sounds[0].stream if probe.sounds else probe.video
    arguments = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-threads", "1", "-copyts"),
        *(*INPUT, "-i", f"file:{source}"),
    ]
    for place, track in enumerate(probe.texts):
        form = caption_form(track)
        codec = form if form == "webvtt" else "copy"
        arguments += ["-map", f"0:{track.stream}", "-c:s", codec, "-avoid_negative_ts", "disabled"]
        arguments += ["-fs", str(most_bytes), "-f", form, f"file:{folder / str(place)}"]
    return [*arguments, "-map", f"0:{beside}", "-c", "copy", "-f", "data", "pipe:1"]


def caption_form(track: TextTrack) -> str:
    return CAPTION_FORMS.get(track.codec, "webvtt")


def demo_film(ffmpeg: str, target: Path, size: str, seconds: int) -> list[str]:
    """A moving test pattern with a clock and a beep every second, from ffmpeg's own sources."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1"),
        *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=330:beep_factor=4:sample_rate=48000:duration={seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-g", "60"),
        *("-c:a", "aac", "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]


def _video(rung: Rung, plan: EncodePlan, preset: str, unit: Unit) -> list[str]:
    interval = str(plan.geometry.key_frame_interval(plan.probe.frame_rate))
    most = MAX_KBITS[rung.label]
    return [
        *("-c:v", "libx264", "-preset", preset, "-profile:v", "high"),
        *("-crf", str(CRF), "-maxrate", f"{most}k", "-bufsize", f"{BUFFER_SECONDS * most}k"),
        *(("-rc_init_occupancy", str(round(CARRIED * BUFFER_SECONDS * 1000 * most))) if unit.first_frame else ()),
        *("-g", interval, "-keyint_min", interval, "-sc_threshold", "0"),
        *("-fps_mode", "passthrough"),  # the filter has made the rate constant; nothing is filled in at the start
    ]


def _hls(rung: Rung, plan: EncodePlan, unit: Unit) -> list[str]:
    geometry, rate = plan.geometry, plan.probe.frame_rate
    begin = geometry.time_offset + unit.first_frame / rate
    return [
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-max_muxing_queue_size", "4096"),
        *("-output_ts_offset", f"{float(begin):.6f}", "-avoid_negative_ts", "disabled"),
        *("-muxdelay", "0", "-muxpreload", "0", "-f", "hls", "-hls_playlist_type", "vod"),
        # the packets of a unit are counted from zero: without this flag a strict reader takes them for damaged
        *("-hls_segment_options", "mpegts_flags=+initial_discontinuity", "-start_number", str(unit.first_segment)),
        # A segment ends where the decoding of the next one begins. Its audio has to reach as far as its video: a
        # player that finds less loads the segment again when it switches the rendition there.
        *("-audio_preload", str(round(AHEAD * 1_000_000 / rate))),
        *("-hls_time", f"{geometry.hls_time(rate):.6f}", "-hls_segment_filename", f"{rung.name}/%03d.ts"),
        f"{rung.name}/index.m3u8",
    ]
