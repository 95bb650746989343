"""Queries of accounts: functions that take a connection and return values."""
