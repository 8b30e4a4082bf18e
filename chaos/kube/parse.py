"""JSON from the API server becomes facts. Nobody else reads that JSON.

The API server leaves out what is empty and sends null where a list was meant, so every field may
be missing but the metadata that it writes itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from chaos.history.facts import Container, Endpoints, Event, Node, Pod, Termination
from chaos.patient import reported
from chaos.recording.ports import Kind
from chaos.values import Json
from chaos.workloads.admitted import NodeName, Uid
from chaos.workloads.pods import LABEL
from chaos.workloads.wires import SIDECAR

SERVICE = "kubernetes.io/service-name"
JOB = "batch.kubernetes.io/job-name"
MIRROR = "kubernetes.io/config.mirror"
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def kinds(namespace: str) -> tuple[Kind, ...]:
    """What is recorded for a scenario in this namespace.

    Events are evidence only, and their watch is silent when nothing happens: the API server keeps
    no cache of them, so it sends no bookmarks.
    """
    inside = f"namespaces/{namespace}"
    slices = f"/apis/discovery.k8s.io/v1/{inside}/endpointslices"
    return (
        Kind("pod", f"/api/v1/{inside}/pods", pod_from),
        Kind("node", "/api/v1/nodes", node_from),
        Kind("endpoints", slices, endpoints_from),
        Kind("event", f"/api/v1/{inside}/events", event_from, vouched=False),
    )


def pod_from(raw: Json) -> Pod:
    """A pod; its workload is the label that `chaos.workloads` sets, else its own name."""
    meta, spec, status = _part(raw, "metadata"), _part(raw, "spec"), _part(raw, "status")
    labels, owner, node = _part(meta, "labels"), _controller(meta), _text(spec, "nodeName")
    mirrored = _text(_part(meta, "annotations"), MIRROR)
    return Pod(
        uid=Uid(_text(meta, "uid")),
        name=_text(meta, "name"),
        workload=_text(labels, LABEL) or _text(meta, "name"),
        node=NodeName(node) if node else None,
        ready=_condition(status, "Ready").get("status") == "True",
        containers=tuple(map(container_from, _lasting(spec, status))),
        namespace=_text(meta, "namespace") or "default",
        phase=_text(status, "phase"),
        owner=_text(owner, "kind"),
        ip=_text(status, "podIP"),
        deleting="deletionTimestamp" in meta,
        version=_text(meta, "resourceVersion"),
        owner_uid=Uid(_text(owner, "uid")) if owner else None,
        owner_name=_text(owner, "name"),
        job=_text(labels, JOB),
        disrupted=_reason(status, "DisruptionTarget", "True"),
        unscheduled=_reason(status, "PodScheduled", "False"),
        local_uid=Uid(mirrored) if mirrored else None,
        initialized=_condition(status, "Initialized").get("status") == "True",
    )


def _lasting(spec: Json, status: Json) -> Iterator[Json]:
    """The statuses of what runs as long as the pod does: containers, and native sidecars.

    Those of ordinary init containers are not among them, nor is that of our own sidecar.
    """
    yield from _items(status, "containerStatuses")
    init = {_text(c, "name"): _text(c, "restartPolicy") for c in _items(spec, "initContainers")}
    for one in _items(status, "initContainerStatuses"):
        name = _text(one, "name")
        if init.get(name, "Always") == "Always" and name != SIDECAR:
            yield one


def container_from(raw: Json) -> Container:
    """One entry of a pod's containerStatuses."""
    name, state = _state(_part(raw, "state"))
    last = _part(_part(raw, "lastState"), "terminated")
    return Container(
        name=_text(raw, "name"),
        id=_text(raw, "containerID"),
        state=name,
        ready=raw.get("ready") is True,
        restarts=int(raw.get("restartCount") or 0),
        reason=_text(state, "reason"),
        message=_text(state, "message"),
        ended=_termination(state) if name == "terminated" else None,
        last=_termination(last) if last else None,
        started_at=_text(state, "startedAt"),
    )


def node_from(raw: Json) -> Node:
    """A node; one whose Ready condition was never written is Unknown."""
    meta, ready = _part(raw, "metadata"), _condition(_part(raw, "status"), "Ready")
    return Node(
        name=NodeName(_text(meta, "name")),
        ready=_trivalent(ready.get("status")),
        reason=_text(ready, "reason"),
        taints=tuple(_taint(t) for t in _items(_part(raw, "spec"), "taints")),
        version=_text(meta, "resourceVersion"),
        control_plane=CONTROL_PLANE in _part(meta, "labels"),
    )


def endpoints_from(raw: Json) -> Endpoints:
    """An EndpointSlice; an endpoint without a condition is ready, says its documentation."""
    meta, every = _part(raw, "metadata"), _items(raw, "endpoints")
    return Endpoints(
        name=_text(meta, "name"),
        service=_text(_part(meta, "labels"), SERVICE),
        ready=tuple(_uids(e for e in every if _part(e, "conditions").get("ready") is not False)),
        version=_text(meta, "resourceVersion"),
        unready=tuple(_uids(e for e in every if not _serves(_part(e, "conditions")))),
    )


def _serves(conditions: Json) -> bool:
    """Whether the pod itself is ready and stays; `serving` is what `ready` was before 1.22."""
    serving = conditions.get("serving")
    well = conditions.get("ready") if serving is None else serving
    return well is not False and conditions.get("terminating") is not True


def _uids(endpoints: Iterable[Json]) -> Iterator[Uid]:
    """The pods behind endpoints; one may be no pod, or an address that somebody wrote."""
    uids = (_text(_part(endpoint, "targetRef"), "uid") for endpoint in endpoints)
    return (Uid(uid) for uid in uids if uid)


def event_from(raw: Json) -> Event:
    """A core/v1 Event; those of a series count in the series."""
    meta, about = _part(raw, "metadata"), _part(raw, "involvedObject")
    count = _part(raw, "series").get("count") or raw.get("count") or 1
    return Event(
        uid=Uid(_text(meta, "uid")),
        about=Uid(_text(about, "uid")),
        reason=_text(raw, "reason"),
        message=_text(raw, "message"),
        count=int(count),
        version=_text(meta, "resourceVersion"),
        container=_text(about, "fieldPath").partition("{")[2].removesuffix("}"),
    )


def report_from(report: bytes) -> dict[str, bool | float | str] | None:
    """The plain values of a patient's report; None when that is not one."""
    try:
        told = json.loads(report)
    except (ValueError, RecursionError):
        return None
    return dict(_plain(told)) if isinstance(told, dict) else None


def _plain(told: Json, prefix: str = "") -> Iterator[tuple[str, bool | float | str]]:
    """The plain values in a report; those of an inner object under `outer_inner`."""
    for name, value in told.items():
        key = name.encode(errors="replace").decode()  # half a letter is no name in a history
        if isinstance(value, (bool, int, float, str)):
            yield prefix + key, value
        elif isinstance(value, dict) and not prefix:
            yield from _plain(value, reported.inner(key, ""))


def _part(raw: Json, key: str) -> Json:
    part = raw.get(key)
    return part if isinstance(part, dict) else {}


def _items(raw: Json, key: str) -> list[Json]:
    items = raw.get(key)
    return [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []


def _text(raw: Json, key: str) -> str:
    value = raw.get(key)
    return "" if value is None else str(value)


def _condition(status: Json, kind: str) -> Json:
    found = (c for c in _items(status, "conditions") if c.get("type") == kind)
    return next(found, {})


def _reason(status: Json, kind: str, when: str) -> str:
    """A condition's reason, when the condition has this status."""
    condition = _condition(status, kind)
    return _text(condition, "reason") if condition.get("status") == when else ""


def _controller(meta: Json) -> Json:
    owners = (o for o in _items(meta, "ownerReferences") if o.get("controller") is True)
    return next(owners, {})


def _state(raw: Json) -> tuple[Literal["waiting", "running", "terminated"], Json]:
    """The one state that is set; none set means waiting, says its documentation."""
    if isinstance(raw.get("running"), dict):
        return "running", raw["running"]
    if isinstance(raw.get("terminated"), dict):
        return "terminated", raw["terminated"]
    return "waiting", _part(raw, "waiting")


def _termination(raw: Json) -> Termination:
    return Termination(
        container_id=_text(raw, "containerID"),
        exit_code=int(raw.get("exitCode") or 0),
        reason=_text(raw, "reason"),
        finished_at=_text(raw, "finishedAt"),
    )


def _taint(raw: Json) -> str:
    """A taint as kubectl writes it: key=value:effect."""
    value = _text(raw, "value")
    return f"{_text(raw, 'key')}{'=' + value if value else ''}:{_text(raw, 'effect')}"


def _trivalent(status: Any) -> Literal["True", "False", "Unknown"]:
    match status:
        case "True":
            return "True"
        case "False":
            return "False"
        case _:
            return "Unknown"
