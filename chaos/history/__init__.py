"""The record: what was seen and done, in order, as a value.

`facts` are its lines, `subject` what they are about, `looked` those that no API server tells. The
`journal` takes them down, with an `index` by what they are about and a `snapshot` of what stands;
a `history` is a stretch of it. `names` is what laws and faults are called where they are stored.
"""
