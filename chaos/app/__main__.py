"""Start the patient: `python -m patient`.

Its environment: PATIENT_ORDERS (a JSON list of orders, obeyed before any port opens),
PATIENT_HOST (0.0.0.0), PATIENT_PORT (8080), PATIENT_REPORT_PORT (8081). It exits with status 2
and one line when these cannot be understood.
"""

from __future__ import annotations

import os
import signal
import sys

from .orders import BadOrder, at_start
from .patient import Patient
from .serving import Ports, ports


def main() -> None:
    """Be the patient until a crash or SIGTERM."""
    patient = Patient()
    signal.signal(signal.SIGTERM, patient.sigterm)
    try:
        begin(patient)
        opened = bind(patient)
    except (BadOrder, ValueError, OSError) as error:
        print(f"patient: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    opened.open()
    print(f"listening main={opened.main.number} report={opened.desk.number}", flush=True)
    while True:
        signal.pause()


def begin(patient: Patient) -> None:
    """Obey the orders of the environment."""
    for order in at_start(os.environ.get("PATIENT_ORDERS", "")):
        patient.obey(order, starting=True)
        print(f"order {order}", flush=True)
    patient.depart()


def bind(patient: Patient) -> Ports:
    """Bind the ports that the environment names."""
    return ports(
        patient,
        host=os.environ.get("PATIENT_HOST", "0.0.0.0"),
        main=int(os.environ.get("PATIENT_PORT", "8080")),
        desk=int(os.environ.get("PATIENT_REPORT_PORT", "8081")),
    )


if __name__ == "__main__":
    main()
