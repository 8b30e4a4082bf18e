"""What is found when we look ourselves, at apps and at containers: written down like all else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from chaos.clock import Seconds
from chaos.history.facts import Answered, Pod
from chaos.history.journal import Journal
from chaos.history.looked import Getting, Got, Inspected
from chaos.kube.patients import Patients
from chaos.kube.visits import Visitors
from chaos.patient import reported
from chaos.ports.provider import Hands
from chaos.workloads import MAIN
from chaos.workloads.admitted import Stand, Workload

MOST_ASKED = 8  # at once: as many connections as are kept open anyway
RUNTIME = "containerd"  # as the API server names it before a container's id


@dataclass(frozen=True)
class Looks:
    """Asks apps on their ports, and nodes for containers; `app` says whose pod it is, if ours."""

    patients: Patients
    visitors: Visitors
    hands: Hands
    journal: Journal
    app: Callable[[Stand], Workload | None]

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask apps how they are, all at once, and patients on their second port too."""
        with ThreadPoolExecutor(max_workers=MOST_ASKED) as askers:
            return tuple(askers.map(self._ask, pods))

    def get(self, *paths: Getting) -> tuple[Got, ...]:
        """Ask pods for paths, all at once."""
        with ThreadPoolExecutor(max_workers=MOST_ASKED) as askers:
            return tuple(askers.map(self._get, paths))

    def inspect(self, *pods: Stand) -> tuple[Inspected, ...]:
        """Look which of the pods' containers run on their nodes, and how."""
        return tuple(self._inspect(pod) for pod in pods)

    def _ask(self, pod: Stand) -> Answered:
        app = self.app(pod)
        status, report = self.patients.answer(pod, (app and app.port) or MAIN)
        answer = Answered(self.journal.clock.now(), pod.uid, self._name(pod), status, report)
        if report and reported.VISITS in report:
            self.visitors.hear(pod, answer.workload)
        self.journal.write(answer)
        return answer

    def _get(self, asked: Getting) -> Got:
        clock, app, pod = self.journal.clock, self.app(asked.pod), asked.pod
        began = clock.now()
        if asked.container:
            said, took = self.patients.ran(pod, asked.container, asked.path, asked.patience)
        else:
            said = self.patients.got(pod, (app and app.port) or MAIN, asked.path, asked.patience)
            took = Seconds(clock.now() - began)
        got = Got(clock.now(), pod.uid, self._name(pod), asked.path, said, took)
        self.journal.write(got)
        return got

    def _inspect(self, pod: Stand) -> Inspected:
        shown = self.journal.known("pod").get(pod.uid)
        mirrored = shown.local_uid if isinstance(shown, Pod) else None
        seen = self.hands.containers(pod.node, mirrored or pod.uid)
        there = tuple(replace(one, id=f"{RUNTIME}://{one.id}") for one in seen)
        at, running = self.journal.clock.now(), tuple(one.id for one in there)
        found = Inspected(at, pod.uid, self._name(pod), pod.node, running, there)
        self.journal.write(found)
        return found

    def _name(self, pod: Stand) -> str:
        app = self.app(pod)
        return pod.name if app is None else app.name
