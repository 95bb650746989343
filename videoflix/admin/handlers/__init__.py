"""HTTP handlers for the admin pages."""
