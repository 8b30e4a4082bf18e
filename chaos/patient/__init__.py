"""The patient: a small app that crashes, hangs, leaks and lies about its health on demand.

It runs inside a container that holds this host's Python and nothing else, so it uses the standard
library only and imports nothing of the rest of chaos. In the image it is the package `patient`,
started with `python -I -S -m patient`; here it also runs as `python -m chaos.patient`.
"""

PATIENT_CHECK = ("patient-check",)  # the command of an exec probe: exits as `exec_says` has it
