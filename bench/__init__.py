"""Benchmarks of the whole server on this machine, run by `bin/bench`."""
