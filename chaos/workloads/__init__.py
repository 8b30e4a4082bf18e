"""What can be run, and what became of it when it was admitted.

`builders` make specs of the patient or of any image; `probes` and `pods` are their parts, `wires`
the proxy that a pod may have; `manifests`, `documents` and `written` read what users wrote as YAML.
`admitted` is what faults and laws are about: a workload as it stood.
"""

from chaos.values import Json
from chaos.workloads.admitted import DESK
from chaos.workloads.builders import (
    POSTGRES,
    Spec,
    bare_pod,
    cron_job,
    daemon_set,
    deployment,
    job,
    replica_set,
    replication_controller,
    stateful_set,
    static_pod,
    visitor,
)
from chaos.workloads.describe import describe_probe
from chaos.workloads.manifests import manifest, specs
from chaos.workloads.pods import FOREVER, LABEL, PodOptions, meta_of, pod_of
from chaos.workloads.probes import BESIDE, GRPC, MAIN, Rhythm, exec_, grpc, http, tcp

__all__ = [
    "BESIDE",
    "DESK",
    "FOREVER",
    "GRPC",
    "LABEL",
    "MAIN",
    "POSTGRES",
    "Json",
    "PodOptions",
    "Rhythm",
    "Spec",
    "bare_pod",
    "cron_job",
    "daemon_set",
    "deployment",
    "describe_probe",
    "exec_",
    "grpc",
    "http",
    "job",
    "manifest",
    "meta_of",
    "pod_of",
    "replica_set",
    "replication_controller",
    "specs",
    "stateful_set",
    "static_pod",
    "tcp",
    "visitor",
]
