"""Uploads: the tus protocol, receiving bytes, refusing early what cannot become a film."""
