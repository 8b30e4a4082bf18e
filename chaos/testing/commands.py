"""What the commands of a fake patient's image come to."""

from __future__ import annotations

from chaos.errors import CannotRehearse
from chaos.history.looked import Getting
from chaos.patient.children import DEAD, LIVES
from chaos.patient.grpc_check import NOT_SERVING, SERVING, UNREACHED
from chaos.patient.orders import CHECK, CHILDREN, GRPC_CHECK
from chaos.testing.illness import Heard, Illness

End = tuple[int | str, float]  # as in `Got`: what was said, and after how many seconds
SILENT = "no answer"
GRPC: dict[Heard, int | str] = {"well": SERVING, "failing": NOT_SERVING, "silence": SILENT}


def end_of(asked: Getting, ill: Illness, *, hangs: bool, serves: bool, bears: bool) -> End:
    """What a command comes to; CannotRehearse for one that no image of ours has."""
    if asked.path == CHECK:
        return _checked(asked, ill)
    if asked.path == GRPC_CHECK:
        return _called(asked, ill, hangs=hangs) if serves else (UNREACHED, 0.0)
    if asked.path == CHILDREN:
        return (LIVES if bears and not ill.bereft else DEAD), 0.0
    has = f"{CHECK}, {GRPC_CHECK} and {CHILDREN}"
    raise CannotRehearse(f"{asked.path}: the fake's containers have {has}")


def _checked(asked: Getting, ill: Illness) -> End:
    """As it was told."""
    late, code = float(ill.check.get("delay_seconds", 0)), int(ill.check.get("code", 0))
    return (code, late) if late < asked.patience else (SILENT, asked.patience)


def _called(asked: Getting, ill: Illness, *, hangs: bool) -> End:
    """What the gRPC health service says to who asks from beside it."""
    said = SILENT if hangs else GRPC[ill.called()]
    return said, asked.patience if said == SILENT else 0.0
