"""The pages for people who watch: rendered on the server, usable without scripts, in their language."""
