"""What every HTTP handler uses: bodies, errors as JSON, CORS, cookies, conditional requests."""
