"""What the kubelet and the controllers take, apart from what a pod's spec says."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.windows.window import Term

RELIST = Term("relist", seconds(1), "kubelet/pleg/generic.go: containers are listed once a second")
START = Term("container start", seconds(3), "oracle 2.3: with the image at hand, shown by the API")
STATUS = Term("status", seconds(3), "oracle 2.3: a change's way to the API server and back")
KILL = Term("kill", seconds(1), "oracle 2.3: a kill's way through the kubelet's sync loop")
CREATE = Term("creation", seconds(1), "oracle 2.5: a controller's reaction, and scheduling")
EVICT = Term("eviction", seconds(1), "oracle 2.5: the taint's way there, the deletion's way back")
ROUNDING = Term("rounding", seconds(1), "prober/worker.go: a start is known to the whole second")
FLOOR = Term("grace's floor", seconds(2), "kuberuntime_container.go: minimumGracePeriodInSeconds")
FIRST_BACKOFF = 10.0  # kubelet.go: initialCrashLoopBackOff's nominal wait
RETRY = Term("back-off", seconds(10), "job_controller.go: DefaultJobPodFailureBackOff, the first")
BATCH = Term("batching", seconds(1), "job_controller.go: syncJobBatchPeriod")
COLLECTION = Term(
    "collection", seconds(20), "podgc/gc_controller.go: gcCheckPeriod", "collection every 20 s"
)
QUARANTINE = Term(
    "quarantine", seconds(40), "podgc/gc_controller.go: quarantineTime, for a deleted node's pods"
)
