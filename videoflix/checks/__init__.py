"""Checks of what a server needs beyond its services: addresses, disk, mail and backups. bin/doctor prints what they
find, and the admin home shows it."""
