"""Accounts: registration, login, sessions, tokens, passwords, mail, and the limits on all of them."""
