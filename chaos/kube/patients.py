"""Orders and questions to patients.

At the pod's own address where it can be reached, else through the API server, which knows best
whether a pod is gone.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException

from chaos.clock import Clock, Seconds, poll, seconds
from chaos.errors import ChaosError, NoSuchTarget, one_line
from chaos.history.facts import Pod
from chaos.history.journal import Journal
from chaos.history.looked import LOST
from chaos.kube import commands, direct
from chaos.kube.client import Client
from chaos.kube.parse import pod_from, report_from
from chaos.kube.sounding import ending
from chaos.recording.ports import Lost, Refused, Silent
from chaos.values import Json
from chaos.workloads import DESK, MAIN
from chaos.workloads.admitted import Stand

ASK_WITHIN = seconds(1)  # per port: a hung app must not hold up whoever asks
TELL_WITHIN = seconds(5)
LISTENS_WITHIN = seconds(10)  # a patient does 0.1 s after its start on idle cores
SOOTHE_WITHIN = seconds(30)  # an API server that is being started answers after 4 s
AGAIN = seconds(0.5)
NOT_FOUND = HTTPStatus.NOT_FOUND
OVER = frozenset({"Succeeded", "Failed"})  # the phases of a pod that no container of runs again

Report = dict[str, bool | float | str]


@dataclass(frozen=True)
class Patients:
    """Those of one scenario; `reachable` when this host reaches the pods' own addresses."""

    client: Client
    journal: Journal
    reachable: bool = False

    def tell(self, pod: Stand, order: str, settings: dict[str, float | str]) -> None:
        """Give an order and return when it is taken; NoSuchTarget if the pod is gone.

        Whose containers run may have begun just now, and not listen yet: he is told again. Whose
        reply was cut off may have been ended for what he was told: what is seen of him decides.
        """
        self.must_be_the_same(pod)

        def taken() -> bool:
            try:
                self._order(pod, {"do": order, **settings})
            except Refused as error:
                if ending(error) != "refused" or not self._has_begun(pod):
                    raise
                return False
            return True

        try:
            if not poll(taken, within=LISTENS_WITHIN, every=AGAIN, clock=self.journal.clock):
                self._order(pod, {"do": order, **settings})
        except (Refused, Lost) as error:
            if failure(error) == "reset":
                return
            if isinstance(error, Refused) and error.status == NOT_FOUND:
                raise NoSuchTarget(
                    f"there is no pod {pod.name}, uid {pod.uid}: there are {self._others(pod)}"
                ) from error
            raise ChaosError(f"{pod.name} could not be told to {order}: {error}") from error

    def soothe(self, *pods: Stand) -> None:
        """Tell them to be well; nothing to do for one that is gone, or that nothing runs in.

        ChaosError, when all were told, names those that did not hear.
        """
        left = persist(self._soothed, pods, self.journal.clock)
        if ill := {pod: why for pod, why in left.items() if not self._is_down(pod)}:
            raise ChaosError(told(ill, "could not be told to heal"))

    def answer(self, pod: Stand, port: int = MAIN) -> tuple[int | None, Report | None]:
        """What it says on its main port and on its report port; None is silence."""
        status, _ = self._get(pod, port, "/") or (None, b"")
        _, report = self._get(pod, DESK, "/report") or (None, b"")
        return status, report_from(report)

    def got(self, pod: Stand, port: int, path: str, within: Seconds) -> int | str:
        """What comes of a GET: the status, or in a word how it failed."""
        try:
            return self.send(pod, port, Call("GET", path, within=within))[0]
        except (Refused, Lost) as error:
            return failure(error)

    def ran(
        self, pod: Stand, container: str, command: str, within: Seconds
    ) -> tuple[int | str, Seconds]:
        """What comes of a command in a container: its exit status, or in a word how it failed.

        And after how long, from when it was begun.
        """
        where, words = f"{pod.namespace}/{pod.name}", shlex.split(command)
        try:
            return commands.ended(self.client.settings, where, container, words, within=within)
        except (Refused, Lost) as error:
            return failure(error), within

    def visits(self, pod: Stand, position: int) -> bytes:
        """What a visitor tells of its requests from a position on, as JSON; empty is silence."""
        _, told = self._get(pod, DESK, f"/visits/{position}") or (None, b"")
        return told

    def _soothed(self, pod: Stand) -> str:
        """Why it did not take the order; empty when it did, or is gone.

        Whoever does not run now may be told to be ill by what outlives him: he is waited for.
        """
        try:
            self._order(pod, {"do": "heal"})
        except ChaosError as error:
            return "" if self.is_gone(pod) else one_line(error)
        return ""

    def is_gone(self, pod: Stand) -> bool:
        """Whether the API server says that it is gone or has ended; no when it does not say."""
        try:
            shown = self._shown(pod)
        except (Refused, Lost):
            return False
        return shown is None or shown.phase in OVER

    def _is_down(self, pod: Stand) -> bool:
        """Whether the API server says that something of it does not run."""
        try:
            shown = self._shown(pod)
        except (Refused, Lost):
            return False
        return shown is None or any(one.state != "running" for one in shown.containers)

    def _has_begun(self, pod: Stand) -> bool:
        """Whether all its containers run, as last seen."""
        seen = self.journal.known("pod").get(pod.uid)
        shown = seen.containers if isinstance(seen, Pod) else ()
        return bool(shown) and all(one.state == "running" for one in shown)

    def _order(self, pod: Stand, body: Json) -> None:
        status, said = self.send(pod, DESK, Call("POST", "/orders", body, TELL_WITHIN))
        if status != HTTPStatus.OK:
            text = said.decode(errors="replace").strip()
            raise ChaosError(f"{pod.name} did not take the order {body['do']!r}: {status} {text}")

    def _get(self, pod: Stand, port: int, path: str) -> tuple[int, bytes] | None:
        """What a pod says on one of its ports; None when it says nothing in time."""
        try:
            return self.send(pod, port, Call("GET", path))
        except (Refused, Lost):
            return None

    def send(self, pod: Stand, port: int, call: Call) -> tuple[int, bytes]:
        """Straight to its address; through the API server if that is unknown or not taken."""
        if address := self.address(pod):
            try:
                return direct.request(
                    f"{address}:{port}", call.method, call.path, call.body, within=call.within
                )
            except Silent:
                raise  # it was there and took the call: the API server would hear no more
            except Lost:
                pass  # the API server knows whether the pod is gone
        target = f"{pod.namespace}/{pod.name}:{port}"
        return self.client.proxy(target, call.method, call.path, call.body, within=call.within)

    def address(self, pod: Stand) -> str:
        """Where the pod is reached, as last seen; empty when that cannot be known."""
        seen = self.journal.known("pod").get(pod.uid) if self.reachable else None
        return seen.ip if isinstance(seen, Pod) else ""

    def must_be_the_same(self, pod: Stand) -> None:
        """A StatefulSet's next pod has the same name: it is another one."""
        pods = (p for p in self.journal.known("pod").values() if isinstance(p, Pod))
        uids = {p.uid for p in pods if p.name == pod.name and p.namespace == pod.namespace}
        if uids and pod.uid not in uids:
            raise NoSuchTarget(f"pod {pod.name}, uid {pod.uid}, is gone: another has its name")

    def _others(self, pod: Stand) -> str:
        pods = (p for p in self.journal.known("pod").values() if isinstance(p, Pod))
        return ", ".join(sorted(p.name for p in pods if p.uid != pod.uid)) or "no others"

    def _shown(self, pod: Stand) -> Pod | None:
        """What the API server has of it now; None when it is gone."""
        try:
            path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"
            shown = pod_from(self.client.get(path))
        except Refused as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return shown if shown.uid == pod.uid else None


def persist(act: Callable[[Stand], str], pods: Iterable[Stand], clock: Clock) -> dict[Stand, str]:
    """Do it to each of them again until it is done, or for so long; what is left, and why."""
    left = dict.fromkeys(pods, "")

    def all_done() -> bool:
        for pod in [*left]:
            left[pod] = act(pod)
            if not left[pod]:
                del left[pod]
        return not left

    poll(all_done, within=SOOTHE_WITHIN, every=AGAIN, clock=clock)
    return left


def told(left: dict[Stand, str], what: str) -> str:
    """Of each pod what it did not do, and why."""
    return "; ".join(f"{pod.name} {what}: {why}" for pod, why in left.items())


def failure(error: Refused | Lost) -> str:
    """How a request failed, as a user of the app would say it; LOST when it came nowhere.

    Of an API server that is away nobody learns anything: only what it answers is about the pod.
    """
    if isinstance(error, Refused):
        end = ending(error)
        return "reset" if end == "closed" else end
    match error, error.__cause__:
        case Silent(), TimeoutError():
            return "no answer"
        case Silent(), ConnectionError() | HTTPException():
            return "reset"
        case _:
            return LOST


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to a patient."""

    method: str
    path: str
    body: Json | None = None
    within: Seconds = ASK_WITHIN
