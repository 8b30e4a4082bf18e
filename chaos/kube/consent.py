"""Whether a cluster that was there before us may be touched: pure, decided before any request.

A context has to be named, and to be allowed: by `--chaos-allow-context`, or by what it is, where
it is plain that the cluster is on this machine and for trying things out. One that looks like
production has to be allowed by its whole name: a pattern was not written with it in mind.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from chaos.errors import ChaosError
from chaos.visible import without_password

LOCAL = ("kind-*", "k3d-*", "minikube", "docker-desktop", "orbstack", "rancher-desktop", "colima*")
HERE = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0"})  # noqa: S104  as kind writes it
PRODUCTION = re.compile(r"(?<![a-z])(prod|prd|production|live)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """A context of a kubeconfig: its name, its cluster's name there, and the server's URL."""

    context: str
    cluster: str
    server: str

    @property
    def is_local(self) -> bool:
        """Whether it is a cluster for trying things out, on this machine."""
        named = any(fnmatch.fnmatchcase(self.context, pattern) for pattern in LOCAL)
        return named and urlsplit(self.server).hostname in HERE

    @property
    def looks_like_production(self) -> str:
        """The word in one of its names that says so; empty when none does."""
        words = (PRODUCTION.search(name) for name in (self.context, self.cluster, self.server))
        return next((word[0] for word in words if word), "")


def must_be_allowed(target: Target, allowed: str) -> None:
    """Raise unless the user has allowed this; `allowed` is names or patterns, with commas between.

    ChaosError says which word would allow it.
    """
    patterns = [pattern.strip() for pattern in allowed.split(",") if pattern.strip()]
    if target.context in patterns:
        return
    where = f"context {target.context} ({without_password(target.server)})"
    remedy = f"if you mean it, add --chaos-allow-context={target.context}"
    if word := target.looks_like_production:
        raise ChaosError(
            f"{where} is not touched: {word!r} looks like"
            f" production, which only its whole name allows; {remedy}"
        )
    if target.is_local or any(fnmatch.fnmatchcase(target.context, p) for p in patterns):
        return
    raise ChaosError(f"{where} is not touched: nobody has allowed it; {remedy}")
