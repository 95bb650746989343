"""Options with which ffmpeg and ffprobe read originals: what they may open, and limits for damaged files."""

from videoflix.encoding.models import Probe

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
# ffmpeg takes a gap of more than 10 s in a stream of a broadcast, or between the first packets of two streams, for a
# jump of the clock.
STEADY_CLOCK = ("-dts_delta_threshold", str(MAX_SECONDS))


def decoder(probe: Probe) -> tuple[str, ...]:
    """Input options: what the film's decoder would know if it began with the first packet."""
    return () if probe.x264_build is None else ("-x264_build:v", str(probe.x264_build))


def max_seconds(probe: Probe) -> float:
    """How long a film in one piece may become: its video and its audio end by then, whatever happens to
    them."""
    longest = probe.max_length if probe.length is None else probe.length
    return MAX_SECONDS if longest is None else min(MAX_SECONDS, longest + MAX_STEP)
