from __future__ import annotations

import pytest

from chaos.errors import ChaosError
from chaos.kube.consent import Target, must_be_allowed

STAGING = Target("staging", "eu-staging", "https://staging.example.com:6443")
PROD = Target("prod", "eu", "https://eu.example.com:6443")
KIND = Target("kind-chaos", "kind-chaos", "https://127.0.0.1:36789")


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        (STAGING, "staging"),
        (STAGING, "other, staging"),
        (STAGING, "stag*"),
        (PROD, "prod"),
        (KIND, ""),
        (Target("minikube", "minikube", "https://localhost:8443"), ""),
        (Target("product-team", "a", "https://a.example.com"), "product-*"),  # no such word
        (Target("delivery", "alive", "https://a.example.com"), "delivery"),
    ],
)
def test_what_may_be_touched(target: Target, allowed: str) -> None:
    must_be_allowed(target, allowed)


@pytest.mark.parametrize(
    ("target", "allowed", "says"),
    [
        (STAGING, "", "nobody has allowed it; if you mean it, add --chaos-allow-context=staging"),
        (STAGING, "Staging", "nobody has allowed it"),
        (STAGING, "stagin", "nobody has allowed it"),
        (PROD, "", "'prod' looks like production, which only its whole name allows"),
        (PROD, "*", "'prod' looks like production"),
        (PROD, "pro*", "'prod' looks like production"),
        (Target("eu-PRD-1", "a", "https://a.example.com"), "eu-*", "'PRD' looks like production"),
        (Target("team", "live", "https://a.example.com"), "*", "'live' looks like production"),
        (Target("team", "a", "https://production.example.com"), "*", "'production' looks like"),
        (Target("kind-prod", "a", "https://127.0.0.1:1"), "", "'prod' looks like production"),
        (Target("kind-far", "a", "https://kind.example.com"), "", "nobody has allowed it"),
        (Target("mine", "a", "https://127.0.0.1:6443"), "", "nobody has allowed it"),  # a tunnel?
    ],
)
def test_what_may_not_and_which_word_would_allow_it(
    target: Target, allowed: str, says: str
) -> None:
    with pytest.raises(ChaosError) as refusal:
        must_be_allowed(target, allowed)

    assert f"context {target.context} ({target.server}) is not touched" in str(refusal.value)
    assert says in str(refusal.value)
    assert f"--chaos-allow-context={target.context}" in str(refusal.value)
