"""The admin pages: static files, the queue dashboard, jobs and the audit log."""
