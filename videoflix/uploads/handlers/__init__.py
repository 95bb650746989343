"""HTTP handlers for uploads."""
