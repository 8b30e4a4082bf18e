"""What a run leaves behind: files, pictures, pages. Knows histories and verdicts, no cluster.

`run_report` is a run's, its `scenarios` keep what they come to, as `record`s in a `store` of
`folders`; `outputs` are all that is made of them: the `page` (a `timeline` of `lanes`, a
`scorecard`), the page over all `runs`, `result`, `junit`, `markdown`, `allure`. `judge` asks
stored histories again.
"""
