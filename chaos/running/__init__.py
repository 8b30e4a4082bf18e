"""A run: its cluster, its scenarios, and that all is undone whatever becomes of it.

`wiring` says which adapter goes in which port. A `session` is a scenario's handle: it causes faults
and asks laws. `ledger` (its `pages`, its locks in `holding`) keeps what is open, `radius` how much
may be, `mending` and the `switch` undo it when the run cannot; `ground` and `footing` are what a
scenario stands on.
"""
