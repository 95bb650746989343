"""Monitoring: health, readiness, metrics, the access log, and work that is not done."""
