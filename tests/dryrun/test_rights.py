from __future__ import annotations

from typing import cast

import pytest

from chaos.dryrun.paper import PaperCluster
from chaos.dryrun.rights import EVERY, REVIEWS, Reviewer, Right, to_apply, to_scale
from chaos.dryrun.wiring import ToBeMade
from chaos.faults import ChildDeath, Crash, FailingCheck, GrpcHealth
from chaos.kube.client import Client
from chaos.kube.kinds import Resource, usual
from chaos.ports.provider import Blueprint
from chaos.providers.embedded.profile import FAST
from chaos.testing import app_of, pod
from chaos.values import Json
from chaos.workloads import Spec, bare_pod, cron_job, daemon_set, deployment


class Api:
    """Allows some rights, and remembers what it was asked."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed
        self.asked: list[Json] = []

    def create(self, path: str, body: Json) -> Json:
        assert path == REVIEWS
        asked = body["spec"]["resourceAttributes"]
        self.asked.append(asked)
        return {"status": {"allowed": f"{asked['verb']} {asked['resource']}" in self.allowed}}


@pytest.mark.parametrize(
    ("resource", "group", "name", "part"),
    [
        ("pods", "", "pods", ""),
        ("pods/proxy", "", "pods", "proxy"),
        ("deployments.apps", "apps", "deployments", ""),
        ("deployments/scale.apps", "apps", "deployments", "scale"),
        ("leases.coordination.k8s.io", "coordination.k8s.io", "leases", ""),
    ],
)
def test_a_right_is_asked_about_in_its_parts(
    resource: str, group: str, name: str, part: str
) -> None:
    assert Right("get", resource).attributes == {
        "verb": "get",
        "resource": name,
        "subresource": part,
        "group": group,
    }


def test_what_is_lacking_is_named_and_asked_about_once() -> None:
    api = Api("get pods")
    reviewer = Reviewer(cast(Client, api), {})
    rights = {Right("get", "pods"), Right("patch", "nodes")}

    assert [str(right) for right in reviewer.lacking(rights)] == ["patch nodes"]
    assert [str(right) for right in reviewer.lacking(rights)] == ["patch nodes"]
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    ("spec", "resource"),
    [
        (deployment("a"), "deployments.apps"),
        (daemon_set("a"), "daemonsets.apps"),
        (bare_pod("a"), "pods"),
        (cron_job("a"), "cronjobs.batch"),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_what_is_run_needs_rights_on_its_kind(spec: Spec, resource: str) -> None:
    needed = to_apply(spec.manifest, usual(spec.manifest))
    assert needed == {Right("create", resource), Right("patch", resource)}


def test_what_has_no_namespace_is_made_looked_at_and_deleted_and_never_changed() -> None:
    thing = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    needed = to_apply(thing, Resource("priorityclasses", namespaced=False))
    resource = "priorityclasses.scheduling.k8s.io"
    assert needed == {Right(verb, resource) for verb in ("create", "delete", "get")}


def test_a_scale_is_part_of_its_kind() -> None:
    assert to_scale("Deployment") == {Right("patch", "deployments/scale.apps")}
    assert to_scale("ReplicationController") == {Right("patch", "replicationcontrollers/scale")}


def test_every_scenario_watches_and_has_a_namespace_of_its_own() -> None:
    assert {"watch pods", "watch nodes", "create namespaces", "delete namespaces"} <= {
        str(right) for right in EVERY
    }


@pytest.mark.parametrize("fault", [FailingCheck, GrpcHealth, ChildDeath])
def test_what_a_command_shows_takes_the_right_to_run_it(
    fault: type[FailingCheck | GrpcHealth | ChildDeath],
) -> None:
    web, needed = app_of(pod("web-1")), set[str]()
    hands = ToBeMade(Blueprint((), FAST.timers, ()))
    paper = PaperCluster((), FAST.timers, hands, lambda _, rights: needed.update(map(str, rights)))

    Crash(web).inject(paper)
    assert needed == {"create pods/proxy"}
    fault(web).inject(paper)
    assert needed == {"create pods/proxy", "create pods/exec", "get pods/exec"}
