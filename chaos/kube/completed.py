"""A spec's manifest as it is applied: with its images, and where its wires lead."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Protocol

from chaos.images.own import PATIENT
from chaos.values import Json
from chaos.workloads import Spec, meta_of, pod_of
from chaos.workloads.wires import WIRES, wires_of

OURS = "localhost/chaos/"  # what images that we make ourselves are called


class Supplier(Protocol):
    """Who has images of ours on the nodes."""

    def supply(self, image: str | None) -> tuple[str, str]:
        """One of ours, by default the patient's: its name on the nodes, its pull policy."""


class Unsupplied:
    """Nobody: for manifests that are only tried."""

    def supply(self, image: str | None) -> tuple[str, str]:
        """The name that it has in a manifest; no node has it for that."""
        return image or PATIENT, "IfNotPresent"


def completed(spec: Spec, supplier: Supplier, address: Callable[[str], str]) -> Json:
    """The manifest with an image in every container, and its wires leading to addresses.

    A container that names none is the patient. `address` knows the services that are there.
    """
    manifest: Json = copy.deepcopy(spec.manifest)
    pod = pod_of(manifest)
    for container in (*(pod.get("containers") or ()), *(pod.get("initContainers") or ())):
        container.update(_image(container.get("image"), supplier))
    annotations = meta_of(manifest).get("annotations") or {}
    if WIRES in annotations:
        wires = [wire | {"upstream": _led(wire, address)} for wire in wires_of(annotations)]
        annotations[WIRES] = json.dumps(wires)
    aliases = list(_aliases(spec, address))
    if aliases:
        pod["hostAliases"] = [*(pod.get("hostAliases") or ()), *aliases]
    return manifest


def _aliases(spec: Spec, address: Callable[[str], str]) -> Iterator[Json]:
    """Lines of the hosts file: a cluster may have no DNS, or know the service by another name."""
    for service, names in spec.calls.items():
        if ip := address(service):
            yield {"ip": ip, "hostnames": list(names)}


def _image(name: str | None, supplier: Supplier) -> Json:
    """What a container has to say of its image; nothing where a user said it."""
    if name is not None and not name.startswith(OURS):
        return {}
    image, policy = supplier.supply(name)
    return {"image": image, "imagePullPolicy": policy}


def _led(wire: Json, address: Callable[[str], str]) -> str:
    """A service by its address: a cluster may have no DNS, and a sidecar has no variables."""
    host, _, port = str(wire["upstream"]).rpartition(":")
    is_name = not host.replace(".", "").isdigit() and "." not in host
    return f"{(is_name and address(host)) or host}:{port}"
