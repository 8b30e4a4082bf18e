"""Who sees: what is listed and watched is written down, and vouched for only if it was seen.

A `watcher` follows one kind of thing through cuts and stalls, with `backoff` between attempts and
the server's `heartbeat`; the `recorder` has one for each kind and asks a witness, which leaves no
`doubt` how late they are. `ports` is what it needs of an API.
"""
