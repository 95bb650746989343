"""The reference of the API: an OpenAPI document that is generated from the routes, and a page that shows it."""
