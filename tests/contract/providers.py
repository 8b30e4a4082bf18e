"""Who provides the clusters that are held to one suite; apart from its fixtures, to be imported."""

from __future__ import annotations

import os

import pytest

NOT_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="the embedded cluster needs root")
EMBEDDED = pytest.param(
    ("chaos.running.wiring", "embedded"), id="embedded", marks=(pytest.mark.cluster, NOT_ROOT)
)
PROVIDERS = [pytest.param(("chaos.testing.rehearsal", "fake"), id="fake"), EMBEDDED]
