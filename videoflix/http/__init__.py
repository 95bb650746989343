"""What all HTTP handlers share: bodies, errors as JSON, CORS, cookies, conditional requests."""
