"""What a pod's spec says of its recovery: probes, graces, tolerations, limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.images.own import PATIENT
from chaos.values import Json
from chaos.workloads import Spec, pod_of
from chaos.workloads.admitted import DESK, GRACE, Stand, Uid, Workload
from chaos.workloads.containers import ContainerSpec, Probe, RestartRule
from chaos.workloads.first_start import FirstStart
from chaos.workloads.handlers import handler_from, hook_from
from chaos.workloads.wires import SIDECAR

DESKS = "PATIENT_REPORT_PORT"
UNREACHABLE = "node.kubernetes.io/unreachable"
QUANTITY = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([KMGTPE]i|[mkMGTPE]?)")
POWERS = "KMGTPE"
MIB = 2**20


def workload_from(
    spec: Spec,
    uid: Uid,
    stands: tuple[Stand, ...],
    pod: Json,
    first: FirstStart | None = None,
) -> Workload:
    """What was run, where its pods stand, and what their admitted spec says."""
    return Workload(
        name=spec.name,
        kind=spec.kind,
        uid=uid,
        stands=stands,
        containers=tuple(containers_from(pod, ours_in(pod_of(spec.manifest)))),
        init=tuple(str(raw.get("name", "")) for raw in pod.get("initContainers") or ()),
        grace=seconds(pod.get("terminationGracePeriodSeconds", GRACE)),
        restart_policy=str(pod.get("restartPolicy", "Always")),
        tolerance=tolerance_from(pod),
        replacement=_replacement(spec),
        tolerates=tuple(_tolerates(pod)),
        first=replace(first, pull=seconds(0)) if first and _pulls_always(pod) else first,
        host_network=pod.get("hostNetwork") is True,
    )


def _pulls_always(pod: Json) -> bool:
    """Whether some container's image is pulled, or asked for, at each of its starts."""
    return any(raw.get("imagePullPolicy") == "Always" for raw in pod["containers"])


def ours_in(pod: Json) -> frozenset[str]:
    """The containers of a pod as it was written that are the patient: without an image, or so."""
    every = [*pod["containers"], *(pod.get("initContainers") or ())]
    ours = (c for c in every if c.get("image", PATIENT) == PATIENT and not c.get("command"))
    return frozenset(str(container.get("name", "")) for container in ours)


def containers_from(pod: Json, ours: frozenset[str]) -> Iterator[ContainerSpec]:
    """The containers that run as long as the pod does: native sidecars are such, but for ours."""
    for raw in pod["containers"]:
        yield container_from(raw, ours)
    for raw in pod.get("initContainers") or ():
        if raw.get("restartPolicy") == "Always" and raw.get("name") != SIDECAR:
            yield replace(container_from(raw, ours), sidecar=True)


def container_from(raw: Json, ours: frozenset[str]) -> ContainerSpec:
    """A container; what is missing has the API server's default."""
    name, lifecycle = str(raw.get("name", "")), raw.get("lifecycle") or {}
    return ContainerSpec(
        name=name,
        liveness=probe_from(raw.get("livenessProbe")),
        readiness=probe_from(raw.get("readinessProbe")),
        startup=probe_from(raw.get("startupProbe")),
        memory=memory_from(raw),
        cpus=cpus_from(raw),
        ports=tuple(ports_from(raw)),
        desk=_desk(raw) if name in ours else None,
        restart_policy=str(raw.get("restartPolicy") or ""),
        restart_rules=tuple(map(_rule, raw.get("restartPolicyRules") or ())),
        pre_stop=hook_from(lifecycle.get("preStop")),
        post_start=hook_from(lifecycle.get("postStart")),
    )


def _desk(container: Json) -> int:
    """Where an app of ours takes orders."""
    said = (v.get("value") for v in container.get("env") or () if v.get("name") == DESKS)
    return int(next(said, None) or DESK)


def _rule(raw: Json) -> RestartRule:
    exits = raw.get("exitCodes") or {}
    codes = tuple(map(int, exits.get("values") or ()))
    return RestartRule(codes, exits.get("operator") == "In", str(raw.get("action", "Restart")))


def probe_from(raw: Json | None) -> Probe | None:
    """A probe of an admitted pod; what is missing has the API server's default."""
    if not raw:
        return None
    usual, grace = Probe(), raw.get("terminationGracePeriodSeconds")
    return Probe(
        delay=seconds(raw.get("initialDelaySeconds") or usual.delay),
        timeout=seconds(raw.get("timeoutSeconds") or usual.timeout),
        period=seconds(raw.get("periodSeconds") or usual.period),
        successes=int(raw.get("successThreshold") or usual.successes),
        failures=int(raw.get("failureThreshold") or usual.failures),
        grace=None if grace is None else seconds(grace),
        asks=handler_from(raw),
    )


def tolerance_from(spec: Json) -> Seconds | None:
    """For how long an admitted pod stays on an unreachable node; None is for ever.

    The first toleration that matches decides, as in the taint manager.
    """
    spans = (span for key, span in _tolerates(spec) if key in {UNREACHABLE, ""})
    return next(spans, seconds(0))


def memory_from(container: Json) -> float | None:
    """A container's memory limit in MiB; None without one. ValueError when it is no quantity."""
    limit = _limit(container, "memory")
    return None if limit is None else limit / MIB


def cpus_from(container: Json) -> float | None:
    """A container's limit of CPUs; None without one. ValueError when it is no quantity."""
    return _limit(container, "cpu")


def ports_from(container: Json) -> Iterator[tuple[str, int]]:
    """The TCP ports that a container names, with their names ("" without one)."""
    for port in container.get("ports") or ():
        if port.get("protocol", "TCP") == "TCP":
            yield str(port.get("name") or ""), int(port["containerPort"])


def _limit(container: Json, resource: str) -> float | None:
    limit = ((container.get("resources") or {}).get("limits") or {}).get(resource)
    return None if limit is None else _plain(str(limit))


def _plain(text: str) -> float:
    """A quantity as a number: 64Mi is 67108864."""
    found = QUANTITY.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a quantity of Kubernetes: 64Mi would be one")
    number, unit = float(found[1]), found[2]
    if unit == "m":
        return number / 1000
    base = 1024 if unit.endswith("i") else 1000
    return number * float(base ** (1 + POWERS.index(unit[0].upper()))) if unit else number


def _tolerates(pod: Json) -> Iterator[tuple[str, Seconds | None]]:
    """The tolerations of NoExecute taints: key (with its value, if it wants one) and seconds."""
    for toleration in pod.get("tolerations") or ():
        if toleration.get("effect") in ("NoExecute", None, ""):
            value, span = toleration.get("value"), toleration.get("tolerationSeconds")
            key = f"{toleration.get('key') or ''}{f'={value}' if value else ''}"
            yield key, None if span is None else seconds(span)


def _replacement(spec: Spec) -> str:
    """A Job's podReplacementPolicy; a podFailurePolicy implies Failed (oracle N6)."""
    if spec.kind != "Job":
        return ""
    said = spec.manifest["spec"]
    usual = "Failed" if said.get("podFailurePolicy") else "TerminatingOrFailed"
    return str(said.get("podReplacementPolicy") or usual)
