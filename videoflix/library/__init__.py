"""The library: videos, their metadata, captions and thumbnails, import and export, deletion."""
