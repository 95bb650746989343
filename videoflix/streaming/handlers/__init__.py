"""HTTP handlers for players."""
