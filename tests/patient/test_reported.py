"""The report has one schema: the app says all of it, the fake nothing that is not in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from fakes import chaos, clock, cluster

from chaos.kube.parse import report_from
from chaos.patient import reported
from chaos.patient.parsing import parse
from chaos.patient.patient import Patient
from chaos.testing import FakeCluster
from chaos.workloads import deployment, http

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's

ORDERS: tuple[Mapping[str, object], ...] = (
    {"do": "grpc"},
    {"do": "child"},
    {"do": "marks", "folders": ["/data"]},
)
OUTER = {reported.EXEC, reported.HEALTH, reported.LIES, reported.MARKS, reported.ON_SIGTERM}
OUTER |= {reported.REQUESTS}
KEYS = {
    value
    for name, value in vars(reported).items()
    if name.isupper() and name not in {"EXEC_CODE", "EXEC_DELAY_SECONDS"}
}


def strangers(said: Iterable[str]) -> list[str]:
    """The names that are no keys, nor of a value of an inner object."""
    return [s for s in said if s not in KEYS and not any(s.startswith(f"{o}_") for o in OUTER)]


def test_the_app_says_every_key_and_no_other() -> None:
    patient = Patient()
    patient.obey(parse({"do": "grpc"}), starting=True)
    assert set(patient.report()) == KEYS


def test_what_is_asked_of_the_app_by_an_inner_name_is_there() -> None:
    patient = Patient()
    patient.obey(parse({"do": "exec_says", "code": 3, "delay_seconds": 2}))
    said = report_from(json.dumps(patient.report()).encode())
    assert said is not None
    assert (said[reported.EXEC_CODE], said[reported.EXEC_DELAY_SECONDS]) == (3, 2)
    assert strangers(said) == []


def test_the_fake_says_nothing_that_the_app_does_not(cluster: FakeCluster) -> None:
    web = cluster.run(deployment("web", liveness=http("/health"), orders=ORDERS))
    cluster.tell(web.stands[0], "health", status=503)
    (answer,) = cluster.ask(web.stands[0])
    assert answer.report is not None
    assert strangers(answer.report) == []
    assert {reported.GRPC, reported.HEALTH_STATUS, "marks_/data"} < set(answer.report)
