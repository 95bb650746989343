"""Argument lists for ffmpeg and ffprobe: pure, so that what is run can be read and tested."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from videoflix.encoding import colour
from videoflix.encoding.ladder import MAX_KBITS
from videoflix.encoding.models import Probe, Rung, Sound, TextTrack
from videoflix.encoding.units import SAMPLE_RATE, TIME_OFFSET, Unit, key_frame_interval, segment_seconds

# Containers that hold their own film. No playlists (hls, concat, dash, …): those read other files.
DEMUXERS = ",".join(
    (
        "matroska,webm",
        "mov,mp4,m4a,3gp,3g2,mj2",
        "avi,flv,asf,ogg,mpeg,mpegts,mxf,nut,wtv,rm,dv,ivf,gif",
    )
)
# What is never taken for a film, and is known for what it is.
OTHERS = ",".join(
    (
        "mp3,wav,w64,aac,ac3,eac3,ac4,flac,amr,amrnb,amrwb,aiff,au,caf,ape,wv,tta,tak,mpc,mpc8,dts,dtshd,truehd,mlp",
        "loas,adx,voc,xwma,dsf,iff,lc3,qoa,osq,aptx,sbc",
        "h264,hevc,vvc,evc,m4v,mpegvideo,vc1,vc1test,cavsvideo,avs2,avs3,obu,av1,h261,h263,dirac,dnxhd,yuv4mpegpipe",
        "bmp_pipe,dds_pipe,dpx_pipe,exr_pipe,hdr_pipe,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,pbm_pipe,pcx_pipe",
        "pgm_pipe,png_pipe,ppm_pipe,psd_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,tiff_pipe,webp_pipe,xpm_pipe",
    )
)
# Captions that are taken out as they are: a decoder would lose what tells a drawing from words. Others become WebVTT.
CAPTION_FORMS = {"ass": "ass", "ssa": "ass", "subrip": "srt", "text": "srt"}
# Pictures may be larger than the container has promised.
MAX_PIXELS = 8192 * 8192
MAX_SECONDS = 24 * 3600
# A damaged time stamp may lie anywhere: the way to it, filled with pictures or silence, would be years. A step
# longer than this is none, and a sound that long after the film's end does not belong there.
MAX_STEP = 60
INPUT = (
    *("-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS),
    *("-max_pixels", str(MAX_PIXELS)),
)

CRF = 23
# How full the rate control's buffer is when a unit begins in mid-film. An encoder takes it for nearly full (0.9):
# fair for a film, but with every unit anew there would be a burst that one long run could not afford. Grain at the
# ceiling came out 7.5 % larger with 0.9, and 3.9 % smaller with 0.3.
CARRIED = 0.5
AAC = ("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", str(SAMPLE_RATE))
# Sound begins at the beginning, and silence fills what it leaves open: a lost packet of the shortest kind (20 ms,
# Opus) too, or all that follows would come early.
FILL = "aresample=async=1:first_pts=0:min_hard_comp=0.02"
SILENCE = f"anullsrc=channel_layout=stereo:sample_rate={SAMPLE_RATE}"
# Most packets of a damaged track may be undecodable: what can be heard of it is.
AS_IT_IS = ("-max_error_rate", "1")
# ffmpeg's own way from mono to stereo makes it quieter by 3 dB.
MONO_TO_STEREO = "pan=stereo|FL=FL+FC|FR=FR+FC"
# How many frames the encoder's own decode times lie before what they show, for the sake of B-frames.
AHEAD = 2
# A player's clock begins with the first time that it finds, and what comes later leaves a hole there, over which
# hls.js seeks if the start takes long. So nothing comes before the first picture: B-frames would have it decoded
# two frames before it is shown, and AAC has a packet of lead-in. The steps of 400 ticks are over before the
# encoder's own decode times, two frames behind, have caught up.
DECODE_FROM_ZERO = ("-bsf:v", "setts=time_base=1/90000:prescale=1:pts=PTS:dts=max(DTS\\,STARTPTS+400*N)")
SOUND_FROM_ZERO = ("-bsf:a", "noise=drop=lt(pts\\,0)")


def probe(ffprobe: str, source: Path) -> list[str]:
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json"),
        *("-show_format", "-show_streams", f"file:{source}"),
    ]


def sample(ffmpeg: str, source: Path, stream: int, target: Path) -> list[str]:
    """The beginning of one stream alone, with the times that it has in the source."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-y", "-copyts", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{stream}", "-c", "copy", "-t", "2", "-fs", "16M", "-f", "matroska", f"file:{target}"),
    ]


def identify(ffprobe: str, source: Path) -> list[str]:
    """The same of what is no film: its demuxers read nothing but the file either."""
    whitelists = ("-protocol_whitelist", "file,pipe", "-format_whitelist", OTHERS)
    return [
        *(ffprobe, "-v", "error", *whitelists, "-max_pixels", str(MAX_PIXELS), "-print_format", "json"),
        *("-show_format", "-show_streams", f"file:{source}"),
    ]


def frames(ffprobe: str, source: Path, video: int, packets: int) -> list[str]:
    """The times of the frames in the first packets of a stream, as JSON."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", str(video)),
        *("-read_intervals", f"%+#{packets}", "-show_entries", "frame=best_effort_timestamp_time", f"file:{source}"),
    ]


def first_picture(ffmpeg: str, source: Path, video: int) -> list[str]:
    """The first picture of a stream that can be decoded, tiny, to standard output. ffprobe would not do: it ends
    where another stream has a damaged header."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{video}", "-vf", "scale=16:16", "-pix_fmt", "gray", "-frames:v", "1", "-f", "rawvideo", "-"),
    ]


def packets(ffprobe: str, source: Path, video: int, interval: str = "") -> list[str]:
    """The times of the packets of a stream, as JSON; `interval` as ffprobe takes it."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", str(video)),
        *(("-read_intervals", interval) if interval else ()),
        *("-show_entries", "packet=pts_time,duration_time,flags", f"file:{source}"),
    ]


def packet_times(ffprobe: str, source: Path, interval: str = "") -> list[str]:
    """Of each packet its stream, when it is shown and decoded, its length and its flags, as CSV; `interval` as
    ffprobe takes it."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-of", "csv=p=0"),
        *(("-read_intervals", interval) if interval else ()),
        *("-show_entries", "packet=stream_index,pts_time,dts_time,duration_time,flags", f"file:{source}"),
    ]


def packet_streams(ffprobe: str, source: Path, count: int) -> list[str]:
    """Which streams the first video packets of a file belong to, as JSON."""
    return [
        *(ffprobe, "-v", "error", *INPUT, "-print_format", "json", "-select_streams", "v"),
        *("-read_intervals", f"%+#{count}", "-show_entries", "packet=stream_index", f"file:{source}"),
    ]


def first_packet(ffmpeg: str, source: Path, video: int) -> list[str]:
    """The first packet of a stream, as it is, on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{video}", "-c", "copy", "-frames:v", "1", "-f", "data", "pipe:1"),
    ]


def decoder(probe: Probe) -> tuple[str, ...]:
    """Input options: what the decoder of a film's picture would know if it began with the first packet."""
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
    probe: Probe,
    rungs: Sequence[Rung],
    unit: Unit,
    sound: tuple[Path, Fraction] | None = None,
    *,
    entry: float | None = None,
    silent: bool = False,
    preset: str,
    cores: int,
) -> list[str]:
    """Decode a stretch of a film once, and encode it for all rungs (lowest first) side by side.

    What comes out are HLS segments in folders named like the rungs, which must exist in the working directory.
    Key frames stand at the same instants on all rungs. `entry` is where the source is read from, in seconds after
    its first frame, if that is not where the unit begins. `sound` is a file of AAC packets for this unit, and when
    the first of them is heard, in seconds after the unit's first frame. A film of one unit without a known
    length takes its sound from the source in the same run, or has silence in its place if it is to be `silent`.
    """
    decoding, *encoding = _threads(len(rungs), cores)
    arguments = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.5"),
        *("-filter_complex_threads", str(cores)),
        # a picture that changes its size in mid-film is scaled; it must not begin the filters anew
        *(
            *decoding,
            "-reinit_filter:v",
            "0",
            *_seek(probe, unit, entry),
            *decoder(probe),
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
        decoded, chain = _along(probe, silent=silent)
        arguments += decoded
        graph.append(f"{chain},asplit={len(rungs)}" + "".join(f"[sound{rung.name}]" for rung in rungs))
    arguments += ["-filter_complex", ";".join(graph)]
    for rung, threads in zip(rungs, encoding, strict=True):
        arguments += ["-map", f"[{rung.name}]", *_video(rung, probe.frame_rate, preset, unit), *threads]
        arguments += DECODE_FROM_ZERO if unit.first_frame == 0 else ()
        if sound:
            arguments += ["-map", "1:a", "-c:a", "copy"]
        elif along:
            arguments += ["-map", f"[sound{rung.name}]", *AAC, *SOUND_FROM_ZERO, "-shortest"]
        arguments += _hls(rung, probe.frame_rate, unit)
    return arguments


def max_seconds(probe: Probe) -> float:
    """How long a film in one piece may become: its picture and its sound end by then, whatever happens to them."""
    longest = probe.max_length if probe.length is None else probe.length
    return MAX_SECONDS if longest is None else min(MAX_SECONDS, longest + MAX_STEP)


def _along(probe: Probe, *, silent: bool) -> tuple[list[str], str]:
    """Options and a chain of filters for sound that is encoded in the same run as the picture, and ends with it."""
    seconds = max_seconds(probe)
    track = probe.sounds[0]
    if silent:  # the track is read all the same: the clock may count from its first packet
        unheard = ["-map", f"0:{track.stream}", "-c", "copy", "-f", "null", "-"]
        return unheard, f"{SILENCE}:duration={seconds:.6f}"
    decoded, stereo = _decoded(probe, track)
    return decoded, f"{stereo}{_timed(probe, probe.first + probe.hold)},{_padded(seconds)}"


def _decoded(probe: Probe, track: Sound) -> tuple[list[str], str]:
    """Options after the input that make a track's sound one format, and how a chain of filters for it begins.

    In broadcasts it changes between stereo and 5.1. ffmpeg begins all filters of a track anew then, and these count
    from the film's beginning: so only a decoder and a plain encoder may notice the change. An older ffmpeg cannot
    do that.
    """
    if not probe.loopback:
        return [], f"[0:{track.stream}]" + (f"{MONO_TO_STEREO}," if track.is_mono else "")
    return [
        *("-map", f"0:{track.stream}", "-c:a", "pcm_f32le", "-ac", "2", "-ar", str(SAMPLE_RATE)),
        *(*(("-af", MONO_TO_STEREO) if track.is_mono else ()), "-f", "null", "-", "-dec", "0:0"),
    ], "[dec:0]"


def _timed(probe: Probe, begin: float) -> str:
    """Filters that let sound begin at a time in seconds, with silence if there is none yet."""
    time = f"PTS*TB-({begin:.6f})"
    if probe.frames:
        astray = f"gt({time}\\,{float(probe.frames / probe.frame_rate) + MAX_STEP:.3f})"
    else:
        astray = f"gt(abs({time}-PREV_OUTT)\\,{MAX_STEP})"
    return f"asetpts=if({astray}\\,PREV_OUTPTS+NB_SAMPLES\\,PTS-({begin:.6f})/TB),{FILL}"


def _padded(seconds: float) -> str:
    """Filters that let silence follow the sound until so many seconds are full.

    Where there is no sound at all at or after the first picture, silence has no time to go on from: it is counted
    anew, or nothing that waits for a time would ever end.
    """
    return f"apad=whole_dur={seconds:.6f},asetpts=N"


def _seek(probe: Probe, unit: Unit, entry: float | None) -> list[str]:
    """Input options: where the source is read from.

    The seek goes to the key frame at or before the unit, and nothing is dropped on the way: the filter picks the
    picture that is shown when the unit begins, however long it has been standing there, and ends the reading too.
    """
    place = float(unit.first_frame / probe.frame_rate) if entry is None else entry
    return ["-noaccurate_seek", "-ss", f"{place + probe.first:.6f}"] if place else []


def _threads(rungs: int, cores: int) -> list[tuple[str, ...]]:
    """Options for the decoder and for each encoder, lowest rung first.

    Left to themselves all of them take 1.5 threads per core and wait for each other: on two cores this split
    saved 4 % of the time of three rungs. A single rung is left to itself, unless it is to stay on one core.
    """
    if rungs == 1 and cores > 1:
        return [(), ()]
    half, all_of_them = ("-threads", str(max(1, cores // 2))), ("-threads", str(max(1, cores)))
    return [half, *[half] * (rungs - 1), all_of_them]


def filter_graph(probe: Probe, rungs: Sequence[Rung], unit: Unit, entry: float | None = None) -> str:
    """One chain from the source down the ladder: each rung is scaled from the one above it."""
    *lower, top = rungs
    prepare = []
    if probe.interlaced:  # it cannot bear another size in mid-film
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

    What is missing at the end (the source stops early, or shows one picture for long) is the last picture again.
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
    # ffmpeg counts from where it was told to seek to, or from where the container's clock starts
    late = start - place if place else start + probe.first
    return [
        *([f"setpts=PTS-round({late:.6f}/TB)"] if late else []),
        _standing(probe.frame_rate, unit.frames / probe.frame_rate + 1),
        f"fps={probe.frame_rate}:start_time=0",
        f"trim=end_frame={unit.frames}",
    ]


def _standing(rate: Fraction, seconds: Fraction) -> str:
    """Filters that let the last picture stand until a time in seconds: the first comes once more at that time, and
    is to be cut away. `tpad` would need a picture at or after 0, and the last may have come long before.

    `interleave` counts in microseconds: what is exactly between two frames is decided before it.
    """
    again = f"trim=end_frame=1,setpts={float(seconds):.6f}/TB"
    return f"split[shown][first];[first]{again}[end];[shown]fps={rate}[even];[even][end]interleave"


def sound(ffmpeg: str, source: Path, probe: Probe, track: Sound) -> list[str]:
    """A whole sound track as AAC packets (ADTS) on standard output, from the first frame of the film to its last."""
    decoded, stereo = _decoded(probe, track)
    chain, end = stereo + _timed(probe, probe.origin + probe.first + probe.hold - track.begin), []
    if probe.frames:
        seconds = float(probe.frames / probe.frame_rate)
        chain += f",{_padded(seconds)}"
        end = ["-t", f"{seconds:.6f}"]
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *AS_IT_IS, "-threads", "1"),
        *(*INPUT, "-i", f"file:{source}", *decoded),
        *("-filter_complex", f"{chain}[sound]", "-map", "[sound]", *AAC, *end, "-f", "adts", "pipe:1"),
    ]


def silence(ffmpeg: str, seconds: float) -> list[str]:
    """So much silence as AAC packets (ADTS) on standard output."""
    return [
        *(
            ffmpeg,
            "-nostdin",
            "-hide_banner",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            f"{SILENCE}:duration={seconds:.6f}",
        ),
        *(*AAC, "-f", "adts", "pipe:1"),
    ]


def audio_trial(ffmpeg: str, source: Path, stream: int) -> list[str]:
    """The first packet of a stream's sound as the film will have it, on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-threads", "1"),
        *(*INPUT, "-i", f"file:{source}", "-map", f"0:{stream}", *AAC, "-frames:a", "1", "-f", "adts", "pipe:1"),
    ]


def captions(ffmpeg: str, source: Path, probe: Probe, folder: Path, most_bytes: int) -> list[str]:
    """Every text track as a file (`caption_form`), named by its place, with the times of the container's clock.

    A track may be silent for an hour: what tells that the reading goes on is another stream, the first sound or
    else the picture, as it comes on standard output.
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
    """A moving test picture with a clock and a beep every second, from ffmpeg's own sources."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1"),
        *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=330:beep_factor=4:sample_rate=48000:duration={seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-g", "60"),
        *("-c:a", "aac", "-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]


def _video(rung: Rung, rate: Fraction, preset: str, unit: Unit) -> list[str]:
    interval = str(key_frame_interval(rate))
    most = MAX_KBITS[rung.label]
    return [
        *("-c:v", "libx264", "-preset", preset, "-profile:v", "high"),
        *("-crf", str(CRF), "-maxrate", f"{most}k", "-bufsize", f"{2 * most}k"),
        *(("-rc_init_occupancy", str(round(CARRIED * 2000 * most))) if unit.first_frame else ()),
        *("-g", interval, "-keyint_min", interval, "-sc_threshold", "0"),
        *("-fps_mode", "passthrough"),  # the filter has made the rate constant; nothing is filled in at the start
    ]


def _hls(rung: Rung, rate: Fraction, unit: Unit) -> list[str]:
    begin = TIME_OFFSET + unit.first_frame / rate
    return [
        *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-max_muxing_queue_size", "4096"),
        *("-output_ts_offset", f"{float(begin):.6f}", "-avoid_negative_ts", "disabled"),
        *("-muxdelay", "0", "-muxpreload", "0", "-f", "hls", "-hls_playlist_type", "vod"),
        # the packets of a unit are counted from zero: say so, or a strict reader takes them for damaged
        *("-hls_segment_options", "mpegts_flags=+initial_discontinuity", "-start_number", str(unit.first_segment)),
        # A segment ends where the decoding of the next one begins. Its sound shall reach as far as its picture:
        # a player that finds less loads it again when it changes the rung there.
        *("-audio_preload", str(round(AHEAD * 1_000_000 / rate))),
        *("-hls_time", f"{segment_seconds(rate):.6f}", "-hls_segment_filename", f"{rung.name}/%03d.ts"),
        f"{rung.name}/index.m3u8",
    ]
