"""A run that does nothing: what it would do, to what, and whether it may. `--chaos-dry-run`.

Its `wiring` takes the real one's place, its `paper` the cluster's and its `machines` theirs: what
is done to them is only said, with the `rights` that it takes.
"""
