"""Images that no registry is needed for: archives of this host's programs, or a user's own.

`own` are ours, made of what `host` finds of its programs, written as `oci` has them; `brought`
are a user's, looked at before any cluster is made.
"""
