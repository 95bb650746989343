"""Work beside the web: what the queues carry, what the jobs do, and the worker that runs them."""
