"""Start the patient: `python -m patient`.

Its environment: PATIENT_ORDERS (a JSON list of orders, obeyed before any port opens),
PATIENT_HOST (0.0.0.0), PATIENT_PORT (8080), PATIENT_REPORT_PORT (8081),
PATIENT_GRPC_PORT (8082, opened only by the order `grpc`), PATIENT_SAYS (/tmp/patient-says, what
`patient-check` reads). It exits with status 2 and one line when these cannot be understood.
"""

from __future__ import annotations

import os
import signal
import sys

from . import marks
from .child import reap
from .orders import BadOrder, told
from .parsing import at_start
from .patient import Patient
from .serving import Ports, ports


def main() -> None:
    """Be the patient until a crash or SIGTERM."""
    patient, woken = Patient(), wakes()
    patient.say = say
    signal.signal(signal.SIGTERM, patient.sigterm)
    signal.signal(signal.SIGCHLD, reap)
    try:
        begin(patient)
        opened = bind(patient)
    except (BadOrder, ValueError, OSError) as error:
        print(f"patient: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    opened.open()
    say(f"listening {opened}")
    while True:
        os.read(woken, 1)


def wakes() -> int:
    """A pipe that gives a byte for each signal, whichever thread got it.

    `signal.pause` sleeps through one that comes just before it, or that another thread gets.
    """
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    return woken


def say(line: str) -> None:
    """Write a line of the log."""
    print(line, flush=True)


def begin(patient: Patient) -> None:
    """Obey the orders of the environment."""
    marks.say_nothing()  # a folder that outlives the container may hold what another was told
    for order in at_start(os.environ.get("PATIENT_ORDERS", "")):
        patient.obey(order, starting=True)
        say(f"order {told(order)}")
    patient.depart()


def bind(patient: Patient) -> Ports:
    """Bind the ports that the environment names."""
    return ports(
        patient,
        host=os.environ.get("PATIENT_HOST", "0.0.0.0"),
        main=int(os.environ.get("PATIENT_PORT", "8080")),
        desk=int(os.environ.get("PATIENT_REPORT_PORT", "8081")),
        grpc=int(os.environ.get("PATIENT_GRPC_PORT", "8082")),
    )


if __name__ == "__main__":
    main()
