"""How a fault looks from outside: what it takes for a window's formula to be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["", "ends", "silent", "refuses", "passes", "fills", "lost", "evicts", "deletes"]


@dataclass(frozen=True, slots=True)
class Effect:
    """How a fault looks to the kubelet and the controllers: it chooses the window's formula.

    ends: a main process ends. silent: it accepts and never answers, so each probe burns its
    timeout. refuses: a probe fails. passes: a probe hears no failure. fills: memory grows, by
    `mib_per_second`. lost: `count` nodes stop at once. evicts: the NoExecute `taint`, key=value.
    deletes: a pod's object is deleted. Empty: the fault does not say, so its scenario has to.

    What a probe hears comes `late` seconds after it asks: who waits no longer hears nothing. It is
    heard up to `onset` seconds after the injection; `times` times, or (0) until healed.

    What a probe must be to see it: of a handler in `seen_by` (empty: of any), one that asks `path`
    without the header `barred_by`, or that runs `program`, or the one `probe` that it befalls; of
    requests and connections one at the app's `main` port, where the fault is of that alone. A
    leak ends by itself at `up_to_mib`. `hits` are the workloads that it was done to, as web, or
    as web/api of a pod with several containers: whoever injects it writes them down.
    """

    how: How = ""
    mib_per_second: float = 0.0
    count: int = 1
    taint: str = ""
    seen_by: tuple[str, ...] = ()
    path: str = ""
    barred_by: str = ""
    program: str = ""
    probe: str = ""
    up_to_mib: float | None = None
    hits: tuple[str, ...] = ()
    late: float = 0.0
    onset: float = 0.0
    times: int = 0
    main: bool = False


UNSAID = Effect()
