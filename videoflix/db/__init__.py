"""PostgreSQL: the pool, the named queries, and a module per aggregate that turns rows into values."""
