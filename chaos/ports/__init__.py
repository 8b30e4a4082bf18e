"""What the harness asks of others, as protocols and plain values.

`cluster` is what faults and scenarios act on, `fault` what can be injected into it; a `provider`
has clusters and hands on their machines, and `capability` names what hands can do. `abilities`
refuses what nobody can, `inventory` tells what stands, `diagnosis` what a machine lacks.
"""
