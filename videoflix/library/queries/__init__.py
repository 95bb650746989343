"""The rows of the library: functions that take a connection and return values."""
