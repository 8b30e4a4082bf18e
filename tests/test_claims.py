"""Each claim has a scenario that shows it and a control beside it, and the list of them is true."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from claims import Row, missing, page

from chaos.laws import never_restarted, restarted

SHOWN = Row("It comes back.", "scenarios/test_x.py::test_x[a]", (1,), ("restarted", "never_moved"))
TEXTS = {1: "The first."}


def scenario() -> None:
    """Not run: read."""
    restarted, never_restarted, restarted  # noqa: B018  names are all that is read


@pytest.mark.subprocess
def test_each_claim_has_a_pair_and_the_list_is_up_to_date() -> None:
    script = Path(__file__).with_name("claims.py")
    told = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr


def test_a_claim_with_a_law_and_a_control_in_one_scenario_lacks_nothing() -> None:
    assert not [*missing(TEXTS, [SHOWN])]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (replace(SHOWN, laws=("restarted",)), "claim 1 has no pair of a law and a control"),
        (replace(SHOWN, laws=("never_moved",)), "claim 1 has no pair of a law and a control"),
        (replace(SHOWN, numbers=(1, 2)), "scenarios/test_x.py::test_x[a]: there is no claim 2"),
    ],
    ids=["no-control", "only-a-control", "no-such-claim"],
)
def test_what_lacks_is_said(row: Row, said: str) -> None:
    assert [*missing(TEXTS, [row])] == [said]


def test_a_scenario_that_names_no_claim_is_said() -> None:
    assert [*missing(TEXTS, [SHOWN, replace(SHOWN, numbers=())])] == [
        "scenarios/test_x.py::test_x[a] names no claim"
    ]


@pytest.mark.parametrize("law", ["never_x", "stays_x", "goes_on_x", "runtime_never_x"])
def test_controls_are_known_by_their_names(law: str) -> None:
    row = replace(SHOWN, laws=(law, "restarted"))

    assert (row.controls, row.claims) == ([law], ["restarted"])


def test_the_page_has_a_row_for_each_scenario_of_a_claim() -> None:
    text = page({**TEXTS, 2: "The second."}, [SHOWN, replace(SHOWN, numbers=(2,), slow=True)])
    first, second = text.split("## Claim 2")

    assert "| It comes back. | `test_x.py::test_x` | `restarted` | `never_moved` |" in first
    assert "| It comes back. (slow) |" in second
    assert "(slow)" not in first.partition("## Claim 1")[2]
