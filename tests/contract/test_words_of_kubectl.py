"""YAML's words against kubectl itself, which needs no cluster for that."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from deadlines import LONG
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaos.workloads.written import written

pytestmark = pytest.mark.cluster

# What begins like a number, a date or a word that stands for something. Nobody is at the other end
# of a list's dash alone, of a merge, or of what JSON cannot say.
WORDS = st.from_regex(
    r"[-+]?(?:[0-9_.]{1,8}|0[xXbBoO][0-9a-fA-F_]{1,6}|[0-9.]{1,5}[eE][-+]?[0-9]{1,3}"
    r"|[0-9]{4}-[01]?[0-9]-[0-3]?[0-9]|[0-9]{1,3}(?::[0-9]{1,2}){1,2})"
    r"|[yYnNtTfFoO~=<.][a-zA-Z<.]{0,4}",
    fullmatch=True,
).filter(lambda word: word not in {"-", "<<"} and not word.lower().endswith(("inf", "nan")))


def as_kubectl(programs: Path, file: Path) -> list[object]:
    kubectl = str(programs / "kubectl")
    command = [kubectl, "annotate", "--local", "-f", str(file), "a=b", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == 0, done.stderr
    words: list[object] = json.loads(done.stdout)["spec"]
    return words


@settings(max_examples=5, deadline=None, suppress_health_check=[*HealthCheck])
@given(words=st.lists(WORDS, min_size=100, max_size=300))
def test_every_plain_word_is_what_kubectl_takes_it_for(
    words: list[str], programs: Path, tmp_path: Path
) -> None:
    file = tmp_path / "words.yaml"
    head = "apiVersion: example.org/v1\nkind: Words\nmetadata: {name: words}\nspec:\n"
    file.write_text(head + "".join(f"- {word}\n" for word in words))

    ours = next(written(file)).value["spec"]

    told = zip(words, ours, as_kubectl(programs, file), strict=True)
    assert [row for row in told if (type(row[1]), row[1]) != (type(row[2]), row[2])] == []
