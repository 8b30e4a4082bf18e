"""Which trials fit which workload, and the spec that each is run with."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator

from chaos.grade.app import App
from chaos.grade.trial import SERVE, Trial
from chaos.grade.trials import CRASH, HANG, LEAK, LIVENESS, NODE_DEATH, READINESS, STARTUP, USERS
from chaos.workloads import Spec
from chaos.workloads.manifests import CONTROLLED
from chaos.workloads.wires import spliced

BATTERY = (CRASH, HANG, LEAK, LIVENESS, STARTUP, READINESS, USERS, NODE_DEATH)


def battery(app: App) -> Iterator[tuple[Spec, Trial]]:
    """Every workload that serves, with each trial that fits it. What ends is only run beside."""
    for spec in app.workloads:
        for trial in BATTERY:
            if trial.fits(spec):
                yield spec, trial


def staged(app: App, chosen: Spec, trial: Trial) -> tuple[Spec, ...]:
    """All of the app as it is run for a trial of one of its workloads."""
    return tuple(_wired(spec) if spec is chosen and trial.wired else spec for spec in app.workloads)


def serves(spec: Spec) -> bool:
    """Whether the battery is for such a workload."""
    return spec.kind in SERVE


def _wired(spec: Spec) -> Spec:
    """It with toxiproxy between the kubelet and its probes."""
    manifest = copy.deepcopy(spec.manifest)
    pods = manifest["spec"]["template"] if spec.kind in CONTROLLED else manifest
    spliced(pods, {}, probes=True)
    return dataclasses.replace(spec, manifest=manifest)
