"""PostgreSQL: the connection pool, the loader of named queries, migrations and notifications."""
