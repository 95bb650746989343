"""HTTP handlers of the pages. They call the functions of the JSON API."""
