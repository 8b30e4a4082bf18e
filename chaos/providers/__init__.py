"""Who has clusters: the embedded ones, which are made here, and those that are there already.

The `registry` is a line each, and all that others know of them. A provider is a package or a module
of its own: it makes, finds, keeps and takes down, says what it can, and what this machine lacks for
it. It has hands on machines; of the API server's objects it knows nothing.
"""
