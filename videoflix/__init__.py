"""Videoflix: a self-hosted video-on-demand server for a family, a school or a club."""
