"""How long a step in a cluster's life may take: a starved machine is slow, and not yet broken.

Each step takes milliseconds to 2 s on two idle cores, and was seen to take 27 times as long on an
emulated machine. Who gives up says what was waited for, and what its program said last.
"""

from __future__ import annotations

from chaos.clock import seconds

STEP = seconds(90)  # one program to appear, answer or end; one command to be done
PHASE = seconds(180)  # an API server, all nodes Ready, the first ServiceAccount
