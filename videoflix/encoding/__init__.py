"""Encoding: from an original to published renditions, audio tracks, captions, thumbnails and storyboards."""
