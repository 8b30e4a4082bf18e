"""What a history says about a law: nothing here knows a clock, a thread, a file or a cluster.

`law` is how a law is made, `recovery` and `ruling` are what it is made of, a `verdict` is what it
comes to; a `judgement` is all verdicts about one fault, `questions` what they still wait for.
"""
