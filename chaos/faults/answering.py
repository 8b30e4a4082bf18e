"""The app's health path answers in a manner of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from chaos.clock import Seconds
from chaos.history.effect import Effect, How
from chaos.judging.law import Law
from chaos.judging.saying import ERRORS
from chaos.laws.heard import answer_as, answer_late, lied, silent_for
from chaos.patient.answers import OK
from chaos.patient.orders import FOUND
from chaos.ports.cluster import Cluster
from chaos.workloads.admitted import Apps, patients, stands
from chaos.workloads.containers import SECOND

FOLLOWED = frozenset({301, 302, 303, 307, 308})  # net/http/client.go: redirectBehavior
HOPS = 10  # pkg/probe/http/http.go: RedirectChecker
SILENCE = Seconds(SECOND / 2)  # a probe may have it restarted after a second of it
Manner = Literal["answer", "redirect", "reset", "silent", "headers_only"]


@dataclass(frozen=True)
class Answering:
    """The apps' health path answers with `status`, or in a manner, `delay` seconds late.

    `manner` is "answer", "redirect" (to `location`, or to the path itself; 302 unless `status` says
    another), "reset", "silent" (no headers) or "headers_only" (and never their body).
    """

    apps: Apps
    status: int = 200
    manner: Manner = "answer"
    location: str = ""
    delay: float = 0
    path: str = "/health"

    @property
    def effect(self) -> Effect:
        """What a kubelet makes of it (oracle L6)."""
        late = self.delay * (HOPS if self.manner == "redirect" else 1)
        return Effect(self._taken, seen_by=("http-get",), path=self.path, late=late, main=True)

    @property
    def _taken(self) -> How:
        """A body that never comes is neither success nor failure: the kubelet lets it pass."""
        match self.manner:
            case "silent":
                return "silent"
            case "reset":
                return "refuses"
            case "redirect" if self._status in FOLLOWED:
                return self._led
            case "answer" if self.status >= ERRORS:
                return "refuses"
            case _:
                return "passes"

    @property
    def _led(self) -> How:
        """To itself: for ever. To another host: success. Of another path it depends on that one."""
        if self.location in {"", self.path}:
            return "refuses"
        return "passes" if urlsplit(self.location).netloc else ""

    def inject(self, cluster: Cluster) -> None:
        """Tell each patient how to answer."""
        for pod in patients(self.apps):
            cluster.tell(pod, "health", **self._how())

    def _how(self) -> dict[str, str | float]:
        how: dict[str, str | float] = {"path": self.path, "manner": self.manner}
        how |= {"delay_seconds": self.delay}
        if self.manner not in {"reset", "silent"}:  # those send no status
            how |= {"status": self._status}
        return how | ({"location": self.location} if self.location else {})

    @property
    def _status(self) -> int:
        """A redirect that names none is a 302."""
        return FOUND if self.manner == "redirect" and self.status == OK else self.status

    def heal(self, cluster: Cluster) -> None:
        """A restarted patient is well already; the others are told to be well again."""
        cluster.soothe(*stands(self.apps))

    def symptom(self) -> Law:
        """Every patient's path was heard to answer so, or not to.

        A redirect is heard as it came, and not followed. 200 is what may be said anyway: of that
        it counts how often it has said so because it was told.
        """
        if self.manner in {"silent", "headers_only"} or self.delay >= SECOND:
            return silent_for(self.apps, path=self.path, span=SILENCE)
        if self.manner == "reset":
            return answer_as(self.apps, path=self.path, said="reset")
        if self._status == OK and not self.delay:
            return lied(self.apps, path=self.path, said=OK)
        if self.delay:
            late = Seconds(self.delay)
            return answer_late(self.apps, path=self.path, said=self._status, by=late)
        return answer_as(self.apps, path=self.path, said=self._status)
