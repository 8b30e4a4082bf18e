"""The Kubernetes API: its client, its witness, and the port that faults act through.

`client` lists, watches and writes, over `wire`; the `witness` lists once more, by another library
and its own connection. `parse` makes facts of what comes in, `podspec` a workload of an admitted
pod. `cluster` is the port, for one scenario's namespace, made of a `site`, which is what a run
shares. `consent` says which contexts may be touched at all.
"""
