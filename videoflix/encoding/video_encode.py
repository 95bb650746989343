"""The argument list that encodes a unit: its video in all renditions, muxed with its audio, as segments."""

from pathlib import Path

from msgspec import Struct

from videoflix.encoding import muxing
from videoflix.encoding.audio_encode import aac
from videoflix.encoding.audio_filters import padded_to, silence_source, starting_at, to_stereo
from videoflix.encoding.capabilities import Capabilities
from videoflix.encoding.h264 import Encoder, h264
from videoflix.encoding.inputs import INPUT, STEADY_CLOCK, decoder, max_seconds
from videoflix.encoding.models import EncodePlan, Probe, Rendition
from videoflix.encoding.units import Unit, UnitAudio
from videoflix.encoding.video_filters import filter_graph

# The clock of a transport stream, per second.
TICKS = 90_000
# Audio waits for the video: an ffmpeg before 7 writes it alone after ten seconds without a picture. Later ones do not
# do that, and would wait for ever.
WAITING = ("-max_interleave_delta", "0")
# The encoder's decode times begin this many frames before the first frame is shown, because of B-frames.
REORDERED_FRAMES = 2


def encode(
    ffmpeg: str,
    source: Path,
    plan: EncodePlan,
    unit: Unit,
    audio: UnitAudio | None = None,
    *,
    capabilities: Capabilities,
    entry: float | None = None,
    silent: bool = False,
    encoder: Encoder,
    cores: int,
) -> list[str]:
    """Decode a part of a film once, and encode it in parallel in all renditions that are not copied.

    The output is segments in folders named after the renditions, which must exist in the working directory. Key
    frames are at the same instants in all of them. `entry` is where the source is read from, in seconds after its
    first frame, if that is not where the unit begins. A film of one unit without a known length takes its audio from
    the source in the same run, or silence if it is to be `silent`; other units take `audio`.
    """
    probe, renditions = plan.probe, plan.encoded
    muxed = _muxed_audio(plan, unit, audio, capabilities, silent=silent)
    decoding, *encoding = _threads(len(renditions), cores)
    device = encoder.hardware.device_options if encoder.hardware else ()
    uploads, pictures = _uploads(renditions, encoder)
    arguments = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.5"),
        *("-filter_complex_threads", str(cores), *device, *decoding),
        # a change of size in the middle of the film is scaled, without restarting the filters
        *("-reinit_filter:v", "0", *(("-copyts",) if probe.in_one_piece else ())),
        *(*_seek(probe, unit, entry), *decoder(probe)),
        *(*(STEADY_CLOCK if probe.is_steady else ()), *INPUT, "-i", f"file:{source}"),
        *muxed.input,
        *_graphs([filter_graph(probe, renditions, unit, entry), *uploads], muxed.graph, capabilities),
    ]
    outputs = zip(renditions, pictures, encoding, muxed.outputs, strict=True)
    for rendition, picture, threads, output in outputs:
        arguments += ["-map", picture, *h264(rendition, plan, unit, encoder), *threads]
        # the filter has made the rate constant: nothing is filled in at the start; the encoder counts as the muxer
        arguments += [*capabilities.every_frame, "-enc_time_base", f"1/{TICKS}"]
        arguments += _decode_times(probe, unit, encoder)
        arguments += [*output, *muxing.segments(rendition, plan, unit, delay=REORDERED_FRAMES / probe.frame_rate)]
    return arguments


def _uploads(renditions: tuple[Rendition, ...], encoder: Encoder) -> tuple[list[str], list[str]]:
    """Chains that take the pictures of each rendition to the encoder's device, and the labels to encode."""
    scaled = [f"[{rendition.name}]" for rendition in renditions]
    if not (encoder.hardware and encoder.hardware.upload):
        return [], scaled
    uploaded = [f"[uploaded{rendition.name}]" for rendition in renditions]
    return [f"{one}{encoder.hardware.upload}{other}" for one, other in zip(scaled, uploaded, strict=True)], uploaded


def _decode_times(probe: Probe, unit: Unit, encoder: Encoder) -> list[str]:
    """Output options for the decode times of the video.

    A player's clock starts with the first time stamp that it finds, and anything later leaves a gap there, which
    hls.js has to seek over. So nothing comes before the first frame of a film, though B-frames would be decoded two
    frames before it is shown. The steps of 400 ticks end before the encoder's own decode times, two frames behind,
    have caught up. Hardware encoders use no B-frames: their frames are decoded as early as those of other units.
    """
    early = round(REORDERED_FRAMES * TICKS / probe.frame_rate) if encoder.hardware else 0
    own = f"DTS-{early}" if early else "DTS"
    if unit.first_frame:
        return ["-bsf:v", f"setts=pts=PTS:dts={own}"] if early else []
    # (a+b+|a-b|)/2 is the larger of two numbers: ffmpeg 4.4 allows no comma there
    return ["-bsf:v", f"setts=pts=PTS:dts=({own}+STARTPTS+400*N+abs({own}-STARTPTS-400*N))/2"]


def _graphs(video: list[str], audio: list[str], capabilities: Capabilities) -> list[str]:
    """Options for the chains of filters. In ffmpeg 4.4 and 5.1 audio ends with the video (-shortest) only if it has a
    graph of its own; from 7 on two graphs may wait for each other for ever."""
    graphs = [[*video, *audio]] if capabilities.loopback else [video, audio]
    return [word for graph in graphs if graph for word in ("-filter_complex", ";".join(graph))]


class _MuxedAudio(Struct, frozen=True):
    """Options after the source, chains of filters, and output options for each rendition."""

    input: list[str]
    graph: list[str]
    outputs: list[list[str]]


def _muxed_audio(
    plan: EncodePlan, unit: Unit, audio: UnitAudio | None, capabilities: Capabilities, *, silent: bool
) -> _MuxedAudio:
    renditions = plan.encoded
    if audio:
        options = ["-itsoffset", f"{float(audio.begin):.6f}", "-f", "aac", "-i", f"file:{audio.file}"]
        return _MuxedAudio(options, [], [["-map", "1:a", "-c:a", "copy"]] * len(renditions))
    if unit.frames is not None or not plan.probe.audio_tracks:
        return _MuxedAudio([], [], [[]] * len(renditions))
    options, chain = _simultaneous_audio(plan, capabilities, silent=silent)
    # the encoder's lead-in, a packet, takes the place of the first: it would come before the first frame
    chain += f",atrim=start_sample={plan.geometry.packet_samples}"
    labels = [f"[sound{rendition.name}]" for rendition in renditions]
    waiting = () if capabilities.loopback else WAITING
    return _MuxedAudio(
        options,
        [f"{chain},asplit={len(renditions)}{''.join(labels)}"],
        [["-map", label, *aac(plan.geometry), "-shortest", *waiting] for label in labels],
    )


def _simultaneous_audio(plan: EncodePlan, capabilities: Capabilities, *, silent: bool) -> tuple[list[str], str]:
    """Options and filters for audio that is encoded in the same run as the video, and ends with it."""
    probe, track, seconds = plan.probe, plan.probe.audio_tracks[0], max_seconds(plan.probe)
    if silent:  # the track is read in any case: the clock may count from its first packet
        unheard = ["-map", f"0:{track.stream}", "-c", "copy", "-f", "null", "-"]
        return unheard, silence_source(seconds, plan.geometry)
    decoded, stereo = to_stereo(track, plan.geometry, capabilities)
    return decoded, f"{stereo}{starting_at(probe, probe.first + probe.hold)},{padded_to(seconds)}"


def _seek(probe: Probe, unit: Unit, entry: float | None) -> list[str]:
    """Input options: where the source is read from.

    The seek goes to the key frame at or before the unit, and no frame is dropped: the filter picks the frame that is
    shown when the unit begins, however long it has been shown by then, and ends the reading, too.
    """
    place = float(unit.first_frame / probe.frame_rate) if entry is None else entry
    return ["-noaccurate_seek", "-ss", f"{place + probe.first:.6f}"] if place else []


def _threads(renditions: int, cores: int) -> list[tuple[str, ...]]:
    """Options for the decoder and for each encoder, lowest rendition first.

    By default all of them take 1.5 threads per core and wait for each other: on two cores this split saved 4 % of the
    time for three renditions. A single one keeps the default, unless it is limited to one core.
    """
    if renditions == 1 and cores > 1:
        return [(), ()]
    half, all_of_them = ("-threads", str(max(1, cores // 2))), ("-threads", str(max(1, cores)))
    return [half, *[half] * (renditions - 1), all_of_them]
