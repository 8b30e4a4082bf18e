"""A user's own app on trial: faults that it knows nothing of, windows from its own spec, a mark.

    pytest -m chaos --chaos-app=deploy.yaml    # one item for each workload and trial
    chaos grade deploy.yaml                    # the same, and a mark for each workload

What is tried is in `battery`; what the marks mean is in `chaos.report.marks`.
"""
