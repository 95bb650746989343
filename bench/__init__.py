"""Measurements of the whole server on this machine; `bin/bench` runs them."""
