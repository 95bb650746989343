"""What new encodes get by default: the labels of the ladder, and x264."""

from videoflix.encoding.h264 import Encoder

LABELS = (480, 720, 1080)
X264 = Encoder("libx264", "fast", 23)
