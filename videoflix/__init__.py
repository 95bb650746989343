"""Videoflix: a video-on-demand server for a family, a school, a club."""
