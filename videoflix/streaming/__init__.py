"""Streaming: playlists, segments and everything else that a player requests."""
