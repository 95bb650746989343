"""The commands of `python -m videoflix`, one module each: `add_arguments(parser)` and `run(arguments, environ)`."""
