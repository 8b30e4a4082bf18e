"""What users import and what it takes: a change of it is seen where it is made."""

from __future__ import annotations

from difflib import unified_diff

import public_api


def test_the_public_names_and_signatures_are_those_of_the_list() -> None:
    listed, found = public_api.LIST.read_text(), public_api.everything()
    change = unified_diff(listed.splitlines(), found.splitlines(), "listed", "found", lineterm="")

    assert listed == found, "\n".join([*change, "if it is meant: python tests/public_api.py"])
