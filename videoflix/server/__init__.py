"""Processes: the embedded services, the supervisor, web processes and logs."""
