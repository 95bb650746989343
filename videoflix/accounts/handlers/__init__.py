"""HTTP handlers for accounts."""
