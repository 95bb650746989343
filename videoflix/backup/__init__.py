"""Backups: the database and chosen files in a folder, and how they are restored."""
