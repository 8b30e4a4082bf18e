"""The pytest plugin: this room alone knows pytest, but for the items of a graded app.

`hooks` is what pytest calls, markers and fixtures among it, `asked` what a run was asked for.
`terminal` and `tracebacks` are what is shown while a scenario runs and when one fails;
`exit_status` is how a run ends, `signals` what ends it early; `repeating` and `xdist` are runs of
several.
"""
