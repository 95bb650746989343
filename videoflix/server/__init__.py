"""Processes: the embedded services, their supervisor, the web processes, and the log."""
