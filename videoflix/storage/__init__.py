"""Where files are: paths, staging folders, publishing by rename, orphans, the check against the rows."""
