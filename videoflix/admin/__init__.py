"""The admin pages: static files, the queue dashboard, the list of jobs and the audit log."""
