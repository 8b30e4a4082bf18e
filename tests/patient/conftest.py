from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chaos.patient.orders import Heal
from chaos.patient.patient import CLOSED, Patient
from chaos.patient.serving import Ports, ports
from patient.bedside import LOCALHOST, Bed
from patient.wristwatch import watch

__all__ = ["watch"]


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What checks are told is written where no other test reads it."""
    monkeypatch.setenv("PATIENT_SAYS", str(tmp_path / "says"))


@pytest.fixture
def left() -> list[int]:
    return []


@pytest.fixture
def opened(left: list[int]) -> Iterator[Ports]:
    pair = ports(Patient(leave=left.append), host=LOCALHOST, main=0, desk=0)
    pair.open()
    yield pair
    pair.main.patient.obey(Heal())
    for port in filter(None, pair):
        port.turn(CLOSED)


@pytest.fixture
def bed(opened: Ports) -> Bed:
    return Bed(opened.main.number, opened.desk.number)


@pytest.fixture
def admit() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    admitted: list[subprocess.Popen[str]] = []

    def start(*orders: object, **environment: str) -> subprocess.Popen[str]:
        ours = {"PATIENT_HOST": LOCALHOST, "PATIENT_PORT": "0", "PATIENT_REPORT_PORT": "0"}
        ours["PATIENT_GRPC_PORT"] = "0"
        environment = {**ours, "PATIENT_ORDERS": json.dumps(orders), **environment}
        patient = subprocess.Popen(
            [sys.executable, "-m", "chaos.patient"],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        admitted.append(patient)
        return patient

    yield start
    for patient in admitted:
        patient.kill()
        patient.communicate()
