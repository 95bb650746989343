"""The HTTP handlers of watching."""
