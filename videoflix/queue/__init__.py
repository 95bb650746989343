"""The job queue: SAQ on Redis as the messenger, rows in PostgreSQL as the truth."""
