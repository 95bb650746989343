"""ffmpeg: what it is asked (command), how it is run (process), what it finds (probe, thumbnail)."""
