"""The commands of `python -m videoflix`, a module each: `add_arguments(parser)` and `run(arguments, environ)`."""
