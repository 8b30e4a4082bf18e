"""The same with this harness: crash a pod, judge that it is restarted and that it lasts."""

import sys

from chaos.faults.crash import Crash
from chaos.laws.restart import restarted
from chaos.options import Options
from chaos.running.wiring import provided, staged
from chaos.windows import crash, hold
from chaos.workloads import bare_pod, http

with (
    provided(Options(cluster=sys.argv[1]), print) as provider,
    staged(provider, lambda _: None, lambda _: None) as scene,
):
    app = scene.cluster.run(bare_pod("app", readiness=http("/ready")))
    with scene.chaos.inject(Crash(app, code=3)):
        scene.chaos.expect(restarted(app, within=crash(app)))
        ((_, verdict),) = scene.chaos.judgements[-1].verdicts
        held = verdict.evidence[0].at + hold(app)
        print(f"held {scene.journal.clock.now() - held:.4f}", flush=True)
