"""The record: what was seen and done, in order, as a value.

`facts` are its lines, `looked` those that no API server tells; `effect` and `timers` are what
decides when a recovery is due. The `journal` takes them down, with an `index` by what they are
about and a `snapshot` of what stands; a `history` is a stretch of it. `active` says which pods
still count, `names` what laws and faults are called where they are stored.
"""
