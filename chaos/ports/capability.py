"""What somebody can do to what a cluster runs on: a provider can it, a fault needs it."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """One each for what providers differ in; the words are those that a user reads."""

    POWER = "power machines off and on"
    FREEZE = "freeze machines"
    PARTITION = "cut machines off"
    DISK = "fill the disks of machines"
    NODE_PROGRAMS = "stop the programs of nodes"
    CONTAINERS = "reach into containers from their nodes"
    CONTROL_PLANE = "stop the control plane's programs"
    STATIC_PODS = "lay static pods on nodes"
    NEW_NODES = "add nodes"
    IMAGES = "put images on nodes"


ALL = frozenset(Capability)
NONE: frozenset[Capability] = frozenset()
