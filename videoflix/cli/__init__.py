"""The commands: each is a module with `add_arguments(parser)` and `run(arguments, environ)`."""
