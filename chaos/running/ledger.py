"""The ledger: every armed fault is on disk before it is injected, so that anybody can heal it.

One file a fault, written to a temporary, synced and renamed: a crash leaves the whole line or
none. A fault is stored as the name of its class and its fields; it is read back through the
same class, so `heal` works in a process that never injected. What could not be read back is
refused before it is injected. Beside its fault a page has the moment, on the machine's own clock,
at which the fault's term is over.
"""

from __future__ import annotations

import functools
import importlib
import json
import operator
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chaos import files
from chaos.clock import Seconds, uptime
from chaos.errors import (
    BAD,
    CannotHere,
    CannotRehearse,
    ChaosError,
    NoSuchTarget,
    NotHealed,
    Unreadable,
    one_line,
)
from chaos.history.names import name_of, place_of
from chaos.ports.cluster import Cluster
from chaos.ports.fault import Fault, term_of
from chaos.running import holding, pages
from chaos.workloads.stored import upgraded

VERSION, NOTES = 1, "notes"
_adapter = functools.cache(TypeAdapter[Any])  # 8 ms to make; a fault needs it twice to be armed


@dataclass(frozen=True)
class Ledger:
    """The armed faults of one cluster, in a folder of its own (0700)."""

    folder: Path

    def held(
        self, say: holding.Say = lambda _: None, *, patience: Seconds = holding.MOMENT
    ) -> AbstractContextManager[None]:
        """Keep the ledger for this process: nobody else heals what is being injected here."""
        return holding.held(self.folder, say, patience=patience)

    def healing(self) -> AbstractContextManager[None]:
        """Heal alone: a run and its switch may both find that it is time."""
        return holding.healing(self.folder)

    def arm(self, fault: Fault, number: int) -> Path:
        """Write a fault down, durably, before it is injected; refuse what nobody could read."""
        return pages.write(self.folder, number, _written(fault))

    def disarm(self, page: Path) -> None:
        """Strike a healed fault out."""
        page.unlink(missing_ok=True)

    def armed(self) -> list[Path]:
        """The pages of what is armed, oldest first."""
        return pages.in_order(self.folder)

    def heal_all(
        self, cluster: Cluster, tell: Callable[[str], object] = lambda _: None
    ) -> list[str]:
        """Heal whatever a dead run left armed, newest first; says what was healed, and at once.

        One that cannot be read or healed does not keep the others ill. It has a second turn after
        them, for what it needs may be what they had taken: the API server. Then NotHealed tells.
        """
        healed, left = self._turn(self.armed(), cluster, tell)
        if healed and left:
            more, left = self._turn([*left], cluster, tell)
            healed += more
        if left:
            raise NotHealed("\n".join([*left.values(), *(f"healed: {one}" for one in healed)]))
        return healed

    def _turn(
        self, turn: list[Path], cluster: Cluster, tell: Callable[[str], object]
    ) -> tuple[list[str], dict[Path, str]]:
        """What was healed, newest first, and why each that is left was not."""
        healed, left = [], {}
        for page in reversed(turn):
            try:
                healed.append(self._heal(page, cluster))
                tell(healed[-1])
            except (Unreadable, NotHealed) as error:
                left[page] = str(error)
        return healed, dict(reversed(left.items()))

    def note(self, line: str) -> None:
        """Write down what was done while nobody looked, for the next who comes."""
        with (self.folder / NOTES).open("a") as file:
            file.write(f"{line}\n")

    def notes(self) -> list[str]:
        """What was done while nobody looked; it is told once."""
        try:
            lines = (self.folder / NOTES).read_text().splitlines()
        except FileNotFoundError:
            return []
        (self.folder / NOTES).unlink(missing_ok=True)
        return lines

    def _heal(self, page: Path, cluster: Cluster) -> str:
        fault = read(page)
        heal(fault, cluster)
        note = _newer(_line(page))
        self.disarm(page)
        return f"{fault}{note and f' ({note})'}"


def heal(fault: Fault, cluster: Cluster) -> None:
    """Undo a fault; a target that is gone, or that a fake never had, needs no healing."""
    try:
        fault.heal(cluster)
    except (NoSuchTarget, CannotHere, CannotRehearse):
        return
    except Exception as error:
        raise NotHealed(
            f"{fault} could not be healed: {error}; the cluster is not as it was. "
            "Mend it, then run `chaos heal`"
        ) from error


def read(page: Path) -> Fault:
    """One fault from its page; a page from a later version is read as far as it goes."""
    note = ""
    try:
        line = _line(page)
        note = _newer(line)
        return _parsed(line)
    except BAD as error:
        raise Unreadable(
            f"the ledger's page {one_line(page)} cannot be read ({note and f'{note}; '}"
            f"{type(error).__name__}: {_first(error)}): heal by hand what it names, then delete it"
        ) from error


def _line(page: Path) -> dict[str, Any]:
    """A page's line."""
    line = json.loads(files.read(page, most=files.FEW))
    if not isinstance(line, dict):
        raise TypeError("a page is an object")
    return line


def _newer(line: dict[str, Any]) -> str:
    """A word on a page that a later pytest-chaos wrote; nothing on one of ours."""
    version = int(line.get("version", VERSION))
    newer = f"its page is of version {one_line(version, 20)}, we write {VERSION}"
    return newer if version > VERSION else ""


def _written(fault: Fault) -> str:
    """A fault's page; ChaosError when another process could not make the same fault of it."""
    kind = type(fault)
    name = name_of(kind.__module__, kind.__qualname__)
    try:
        fields = _adapter(kind).dump_python(fault, mode="json", warnings=False)
        line = {"version": VERSION, "fault": name, "fields": fields, "path": _origin(kind)}
        line["until"] = uptime() + term_of(fault)
        text = json.dumps(line)
        back = _parsed(json.loads(text))
    except BAD as error:
        raise _refusal(name, f"{type(error).__name__}: {_first(error)}") from error
    if type(back) is not kind:
        raise _refusal(name, "its module has another class of that name")
    if back != fault:
        raise _refusal(name, f"{fault} would come back as {back}")
    return text


def _refusal(name: str, why: str) -> ChaosError:
    return ChaosError(
        f"the fault {name} is not armed, since nobody could heal it after us: {why}. "
        "A fault is a frozen dataclass of plain data at the top of a module that can be imported"
    )


def _origin(kind: type) -> str:
    """The folder that the class is imported from, so that any process can."""
    module = sys.modules[kind.__module__]
    if not (file := getattr(module, "__file__", None)):
        return ""
    depth = kind.__module__.count(".") + (Path(file).name == "__init__.py")
    return str(Path(file).resolve().parents[depth])


def _parsed(line: dict[str, Any]) -> Fault:
    """The fault that a page's line speaks of."""
    module, name = place_of(str(line["fault"]))
    if module == "__main__" or "<locals>" in name:
        raise ImportError("a class in a function or a program cannot be imported")
    kind = operator.attrgetter(name)(_imported(module, line.get("path")))
    if not (isinstance(kind, type) and callable(getattr(kind, "heal", None))):
        raise TypeError(f"{line['fault']} is no fault")
    fault: Fault = _adapter(kind).validate_python(upgraded(line["fields"]))
    return fault


def _imported(module: str, path: str | None) -> Any:
    """A fault's module: a test's own is often found only from its own folder."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        if not path or path in sys.path:
            raise
        sys.path.append(path)
        return importlib.import_module(module)
    except SystemExit as ended:
        raise ImportError(f"the module {module} ends whoever imports it") from ended


def _first(error: Exception) -> str:
    """An error's first line; of a field that does not fit, which and why."""
    if isinstance(error, ValidationError):
        field = error.errors(include_url=False, include_input=False)[0]
        return one_line(f"{'.'.join(map(str, field['loc']))}: {field['msg']}")
    return one_line(str(error).partition("\n")[0])
