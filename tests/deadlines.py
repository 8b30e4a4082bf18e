"""How long tests wait for what must come, and how often they look.

A busy machine decides when it comes: a deadline is generous, ends only a test that has failed
already, and is never the thing asserted.
"""

from __future__ import annotations

from chaos.clock import seconds

LONG = seconds(240)
OFTEN = seconds(0.05)
