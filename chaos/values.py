"""What JSON and YAML are once they are read."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
"""An object as it comes in: parsed at the edge, trusted after it."""
