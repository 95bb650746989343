"""Storage on disk: paths, staging folders, publishing by rename, orphaned files, the comparison with the database."""
