"""Every trial of a user's app, on the fake cluster and on the real one."""

from __future__ import annotations

from typing import Any

import pytest
from rooms import chaos, cluster, room, scene
from shop import app_of, service, workload

from chaos import Chaos
from chaos.errors import Unprotected
from chaos.grade.app import App
from chaos.grade.battery import BATTERY, battery, staged
from chaos.grade.trial import Candidate
from chaos.ports.cluster import Cluster

FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's

GOOD = app_of(workload(), service("frontend"))
LONER = app_of(workload("Pod", "loner", livenessProbe=None, resources=None))


def tried(cluster: Cluster, chaos: Chaos, app: App, name: str) -> None:
    spec, trial = next((spec, one) for spec, one in battery(app) if one.name == name)
    there: Any = cluster.run(*staged(app, spec, trial))
    trial.run(Candidate(cluster, there, spec), chaos)


@pytest.mark.parametrize("trial", [trial.name for trial in BATTERY])
def test_a_good_app_recovers(cluster: Cluster, chaos: Chaos, trial: str) -> None:
    tried(cluster, chaos, GOOD, trial)


@pytest.mark.parametrize("trial", ["hang", "leak", "node-death"])
def test_one_without_what_it_takes_does_not(cluster: Cluster, chaos: Chaos, trial: str) -> None:
    with pytest.raises(Unprotected):
        tried(cluster, chaos, LONER, trial)
