"""What a pod's spec says of its recovery: probes, graces, tolerations, limits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chaos.clock import Seconds, seconds
from chaos.values import Json
from chaos.workloads import Spec
from chaos.workloads.admitted import GRACE, Probe, Stand, Uid, Workload
from chaos.workloads.describe import mechanism

UNREACHABLE = "node.kubernetes.io/unreachable"
QUANTITY = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([KMGTPE]i|[mkMGTPE]?)")
POWERS = "KMGTPE"
MIB = 2**20


def workload_from(spec: Spec, uid: Uid, stands: tuple[Stand, ...], pod: Json) -> Workload:
    """What was run, where its pods stand, and what their admitted spec says."""
    container = pod["containers"][0]
    return Workload(
        name=spec.name,
        kind=spec.kind,
        uid=uid,
        stands=stands,
        liveness=probe_from(container.get("livenessProbe")),
        readiness=probe_from(container.get("readinessProbe")),
        startup=probe_from(container.get("startupProbe")),
        grace=seconds(pod.get("terminationGracePeriodSeconds", GRACE)),
        restart_policy=str(pod.get("restartPolicy", "Always")),
        tolerance=tolerance_from(pod),
        memory=memory_from(container),
        replacement=_replacement(spec),
        tolerates=tuple(_tolerates(pod)),
        container=str(container.get("name", "")),
        cpus=cpus_from(container),
        port=port_from(container),
    )


def probe_from(raw: Json | None) -> Probe | None:
    """A probe of an admitted pod; what is missing has the API server's default."""
    if not raw:
        return None
    usual, grace = Probe(), raw.get("terminationGracePeriodSeconds")
    how, target = mechanism(raw)
    return Probe(
        delay=seconds(raw.get("initialDelaySeconds") or usual.delay),
        timeout=seconds(raw.get("timeoutSeconds") or usual.timeout),
        period=seconds(raw.get("periodSeconds") or usual.period),
        successes=int(raw.get("successThreshold") or usual.successes),
        failures=int(raw.get("failureThreshold") or usual.failures),
        grace=None if grace is None else seconds(grace),
        how=how,
        target=target,
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


def port_from(container: Json) -> int | None:
    """The first TCP port that a container names; None when it names none."""
    ports = (p for p in container.get("ports") or () if p.get("protocol", "TCP") == "TCP")
    return next((int(port["containerPort"]) for port in ports), None)


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
