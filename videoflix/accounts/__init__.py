"""Accounts: registration, login, sessions, tokens, passwords, mail, and rate limits."""
