"""HTTP handlers for the library."""
