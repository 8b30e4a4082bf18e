"""Static findings on manifests, without a cluster: what the scenarios show, before it happens.

    report = lint(sources(["deploy.yaml"], [], sys.stdin.buffer))

Rules are pure functions of a manifest; nothing here knows a cluster.
"""

from chaos.lint.finding import Finding, Ignored, Report, Severity
from chaos.lint.linting import lint
from chaos.lint.sources import Source, sources

__all__ = ["Finding", "Ignored", "Report", "Severity", "Source", "lint", "sources"]
