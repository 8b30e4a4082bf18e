"""YAML's words as kubectl reads them: each right value is what kubectl 1.37 printed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from chaos.errors import BadManifest
from chaos.workloads import manifest
from chaos.workloads.written import quickly, written


def read(text: str, folder: Path) -> list[Any]:
    """The value of `a`, by both loaders."""
    file = folder / "a.yaml"
    file.write_text(f"a: {text}\n")
    slow, quick = next(written(file)), next(quickly(file.read_bytes(), "a", 99))
    return [slow.value["a"], quick.value["a"]]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *(("2026-03-14", "2026-03-14"), ("2027-03-25T13:37:11Z", "2027-03-25T13:37:11Z")),
        *(("2026-99-99", "2026-99-99"), ("190:20:30", "190:20:30"), ("1:30", "1:30")),
        *(("017", 15), ("0o17", 15), ("0O17", 15), ("08", 8), ("0777_7", 4095), ("0", 0)),
        *(("0x1F", 31), ("0X1f", 31), ("0x", "0x"), ("0x_", "0x_"), ("0b11", 3), ("-0b11", -3)),
        *(("1_000", 1000), ("1__0", 10), ("_1", "_1"), ("-_1", -1), ("+12", 12), ("1_", 1)),
        *(("1e3", 1000), ("1.0", 1), ("1.", 1), (".5", 0.5), ("-.5_0", -0.5), (".5_0", 0.5)),
        *((".2_0_", ".2_0_"), ("1.5e-7", 1.5e-07), ("1e400", "1e400"), ("1.5.2", "1.5.2")),
        *(("y", True), ("Y", True), ("on", True), ("Yes", True), ("true", True), ("tRUE", "tRUE")),
        *(("n", False), ("NO", False), ("Off", False), ("nO", "nO"), ("False", False)),
        *(("~", None), ("null", None), ("NULL", None), ("nUll", "nUll"), ("", None)),
        *(("=", "="), ("!!str 5", "5"), ('"5"', "5"), ("'2026-03-14'", "2026-03-14")),
        *(('!!int "5"', 5), ("!!float 3", 3), ("!!timestamp 2020-01-01", "2020-01-01")),
        *(("1e21", 1e21), ("1e20", 10**20)),
        ("123456789012345678901234567890", 1.2345678901234568e29),
        *(("18446744073709551615", 2**64 - 1), ("-9223372036854775808", -(2**63))),
        *(("-9223372036854775809", -(2**63)), ("-0b1" + "0" * 63, -(2**63)), ("9" * 5000,) * 2),
        *(("18446744073709551616", 2**64), ("0x10000000000000000", "0x10000000000000000")),
    ],
)
def test_a_word_is_what_kubectl_takes_it_for(word: str, value: object, tmp_path: Path) -> None:
    found = read(word, tmp_path)

    assert [(type(one), one) for one in found] == [(type(value), value)] * 2


@pytest.mark.parametrize(
    ("word", "value"),
    [(".inf", math.inf), ("+.Inf", math.inf), ("-.INF", -math.inf), (".iNf", ".iNf")],
)
def test_what_json_cannot_say_is_still_what_it_is(word: str, value: object, tmp_path: Path) -> None:
    assert read(word, tmp_path) == [value] * 2


def test_no_number_is_one(tmp_path: Path) -> None:
    assert all(math.isnan(one) for one in read(".NaN", tmp_path))


def test_a_number_s_tag_on_what_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match=r":1: expected a scalar node, but found mapping"):
        read("!!int {b: 1}", tmp_path)


def test_a_merge_is_still_one(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: &a {x: 1}\nb: {<<: *a, z: 2}\n")

    assert next(written(file)).value["b"] == {"x": 1, "z": 2}


def test_a_date_without_quotes_is_text(tmp_path: Path) -> None:
    """kubectl hands it on as it stands (pulumi-kubernetes issue 501)."""
    file = tmp_path / "web.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations:\n"
        "    released: 2026-03-14\n    expires: 2027-03-25T13:37:11Z\n"
        "spec: {containers: [{name: app}]}\n"
    )
    told = json.loads(json.dumps(manifest(file).manifest))

    assert told["metadata"]["annotations"] == {
        "released": "2026-03-14",
        "expires": "2027-03-25T13:37:11Z",
    }
