"""Decides whether a host is this machine itself."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether a host name or an address, with or without brackets, leads to this machine only."""
    host = host.strip("[]").lower()
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
