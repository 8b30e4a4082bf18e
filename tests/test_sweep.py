"""The sweep of benchmarks: its pods are what users write, and its rows accuse whom they must."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from chaos import seconds, windows
from chaos.clock import ManualClock
from chaos.history.facts import Entry, Injected, Injecting
from chaos.history.journal import replay
from chaos.judging.judgement import Judgement, judge
from chaos.laws import restarted
from chaos.report.record import ScenarioRecord
from chaos.report.store import judgement_record
from chaos.testing import app_of, at, pod
from chaos.workloads import specs

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def sweeping(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return lambda name: importlib.import_module(f"sweeping.{name}")


def test_a_seed_draws_the_same_pods_and_another_draws_others(sweeping: Any) -> None:
    drawn = sweeping("drawn").drawn
    assert drawn(1, 40) == drawn(1, 40)
    assert drawn(1, 40) == drawn(1, 60)[:40]
    assert drawn(1, 40) != drawn(2, 40)


def test_all_that_a_pod_can_be_is_drawn(sweeping: Any) -> None:
    pods = sweeping("drawn").drawn(1, 300)
    told = json.dumps([pod.spec for pod in pods])
    for word in ("httpGet", "tcpSocket", "exec", "grpc", "startupProbe", "preStop", "limits"):
        assert f'"{word}"' in told
    assert {pod.kind for pod in pods} == {"Deployment", "StatefulSet", "ReplicaSet", "Pod"}
    assert any("initContainers" in pod.spec for pod in pods)
    assert any(len(pod.spec["containers"]) > 1 for pod in pods)


def test_each_pod_is_hurt_once_by_each_fault_that_fits_it(sweeping: Any) -> None:
    pods = sweeping("drawn").drawn(1, 50)
    batches = list(sweeping("drawn").cut(pods, 16))
    hurt = Counter((pod.name, batch.fault) for batch in batches for pod in batch.pods)
    assert set(hurt.values()) == {1}
    assert hurt.keys() == {(pod.name, fault) for pod in pods for fault in pod.fits}
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    assert max(len(batch.pods) for batch in batches) == 16
    assert all(batch.twins for batch in batches)


def test_what_is_drawn_is_read_as_what_users_write(sweeping: Any, tmp_path: Path) -> None:
    pods = sweeping("drawn").drawn(1, 60)
    for one in pods:
        (tmp_path / f"{one.name}.yaml").write_text(yaml.safe_dump_all(one.manifest))
    found = {spec.name: spec.kind for spec in specs(tmp_path)}
    assert found == {one.name: one.kind for one in pods}


def row(sweeping: Any, **changes: Any) -> Any:
    compared = sweeping("compared")
    fine = compared.Row(
        1, "hang", "restarted", "p001", "http-get", "holds", "", 2.0, 9.0, 5.1, process=5.0
    )
    return replace(fine, **changes)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        pytest.param({}, "", id="in-its-window"),
        pytest.param({"ruling": "broken", "because": "no restart"}, "broken: no restart", id="law"),
        pytest.param({"ruling": "unknown"}, "unknown: ", id="undecided"),
        pytest.param({"process": None}, "containerd saw no new process", id="unseen"),
        pytest.param({"process": None, "rehearsed": True}, "", id="nobody-was-there-to-see"),
        pytest.param(
            {"ruling": "broken", "because": "x", "rehearsed": True}, "broken: x", id="rehearsed"
        ),
        pytest.param({"law": "leaves_endpoints", "process": None}, "", id="no-process-is-meant"),
        pytest.param({"process": 1.8}, "by containerd after 1.8 s already, from 2.0 s", id="early"),
        pytest.param({"process": 1.95, "took": 2.1}, "", id="clocks-differ"),
        pytest.param({"process": 1.0, "begun": -1.0}, "", id="before-all-were-hurt"),
        pytest.param({"law": "replaced", "process": 1.8}, "", id="ready-is-later-than-its-process"),
        pytest.param(
            {"process": 5.3},
            "seen after 5.1 s, by containerd only after 5.3 s",
            id="seen-before-it-was",
        ),
        pytest.param(
            {"law": "never_restarted", "process": None, "noise": 2},
            "containerd saw 2 starts and ends of its containers",
            id="noise",
        ),
    ],
)
def test_a_row_says_what_is_not_as_promised(
    sweeping: Any, changes: dict[str, Any], wrong: str
) -> None:
    assert row(sweeping, **changes).wrong == wrong


def test_the_table_and_the_picture_show_where_in_its_window_each_was_seen(sweeping: Any) -> None:
    rows = [row(sweeping), row(sweeping, pod="p002", took=8.3, ruling="broken")]
    table, picture = sweeping("table").table(rows), sweeping("picture").picture(rows)
    assert "| hang | restarted | http-get | 2 | 1 | 7.0 s | 0.44 to 0.90 | 1.70 s |" in table
    assert table.endswith("2 verdicts about 2 pods: 1 wrong")
    assert picture.count('class="sw-dot"') == picture.count('class="sw-wrong"') == 1


SAID = """\
2026-11-30 18:54:24.725481764 +0000 UTC k8s.io /tasks/start {"container_id":"fd74","pid":24290}
2026-11-30 18:54:25 +0000 UTC k8s.io /tasks/exec-added {"container_id":"fd74","exec_id":"aef8"}
2026-11-30 18:54:29.5 +0000 UTC k8s.io /tasks/exit {"container_id":"fd74","id":"aef8","pid":24578}
2026-11-30 18:54:31.25 +0000 UTC k8s.io /tasks/exit {"container_id":"fd74","id":"fd74","pid":24290}
2026-11-30 18:54:32 +0000 UTC k8s.io /snapshot/prepare {"key":"fd75"}
"""


def test_containerd_tells_of_main_processes_and_not_of_probes(
    sweeping: Any, tmp_path: Path
) -> None:
    runtime = sweeping("runtime")
    (tmp_path / "worker2.events").write_text(SAID)
    start, end = runtime.turns(tmp_path)
    assert (start.container, start.what, end.what) == ("fd74", "start", "exit")
    assert end.wall - start.wall == pytest.approx(6.524518236)


def test_what_was_used_up_while_others_were_hurt_is_new(sweeping: Any) -> None:
    app = pod("web-1")
    old, new = (replace(app.containers[0], id=f"containerd://{one}") for one in ("aa", "bb"))
    entries = [at(1, replace(app, containers=(old,))), at(3, replace(app, containers=(new,)))]
    about = {"name": "web", "named": "", "stands": [{"uid": app.uid}]}
    for begun, fresh in ((2, {"bb"}), (3, set())):
        seen = sweeping("compared").Seen.of(about, entries, begun, anew=False)
        assert seen.fresh == fresh


def test_a_process_counts_from_the_fault_and_is_the_new_container_s(
    sweeping: Any, tmp_path: Path
) -> None:
    compared, app = sweeping("compared"), pod("web-1")
    first = replace(app.containers[0], id="containerd://aa")
    app = replace(app, containers=(first,))
    back = replace(app, containers=(replace(first, id="containerd://bb", restarts=1),))
    done: list[Entry] = [Injecting(seconds(2), "Crash()", 1), Injected(seconds(2), "Crash()", 1)]
    entries: list[Entry] = [at(1, app), *done, at(5, back)]
    judged = replay(entries, ManualClock(), frontier=seconds(30)).since(1)
    law = restarted(app_of(app), within=windows.within(seconds(9)))
    record = judgement_record(Judgement("Crash()", 1, seconds(30), ((law, judge(law, judged)),)))
    (tmp_path / "batch.json").write_text('{"number": 1, "fault": "crash"}')
    (tmp_path / "clocks.json").write_text('{"at": 2, "wall": 1796064862.0}')  # 18:54:22
    (tmp_path / "worker1.events").write_text(SAID.replace("fd74", "bb"))
    (found,) = compared.rows(tmp_path, ScenarioRecord("t", "", "kept", "", (record,)), entries)
    assert (found.law, found.pod, found.took) == ("restarted", "web", seconds(3))
    assert found.process == pytest.approx(2.725481764)
    assert found.wrong == ""
