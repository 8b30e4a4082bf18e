"""What a history says about a law: nothing here knows a clock, a thread, a file or a cluster.

`law` is how a law is made, a `verdict` what it comes to. What laws rule by: `recovery` and `ruling`
for what is seen in the record, `saying` for what apps answer, `looking` for what is found on nodes;
`stood`, `ends`, `due` and `lasting` are what they ask of a history first. A `judgement` is all
verdicts about one fault, `questions` what they still wait for.
"""
