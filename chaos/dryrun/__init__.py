"""A run that does nothing: what it would do, to what, and whether it may. `--chaos-dry-run`."""
