"""HTTP: requests in, answers out; everything else is asked of the floors below."""
