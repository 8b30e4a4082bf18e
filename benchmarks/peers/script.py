"""The script that people write instead: crash a pod, watch for its restart, see that it lasts."""

import sys
import time

from kubernetes import client, config, watch

kubeconfig, context, image, name, hold = sys.argv[1:6]
config.load_kube_config(kubeconfig, context)
core = client.CoreV1Api()
probe = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 1}
app = {"name": "app", "image": image, "imagePullPolicy": "Never", "readinessProbe": probe}
core.create_namespaced_pod("default", {"metadata": {"name": name}, "spec": {"containers": [app]}})
told, seen = False, 0.0
version = core.list_namespaced_pod("default").metadata.resource_version
options = {"resource_version": version, "timeout_seconds": 60}
for event in watch.Watch().stream(core.list_namespaced_pod, "default", **options):
    pod = event["object"]
    version = pod.metadata.resource_version
    status = (pod.status.container_statuses or [None])[0]
    if pod.metadata.name != name or not status or not status.state.running:
        continue
    if not told and status.ready:
        desk = f"/api/v1/namespaces/default/pods/{name}:8081/proxy/orders"
        headers = {"Content-Type": "application/json"}
        url = core.api_client.configuration.host + desk
        core.api_client.call_api("POST", url, headers, {"do": "crash", "code": 3})
        told = True
    elif told and status.restart_count == 1:
        seen = time.monotonic()
        break
else:
    sys.exit("no restart in time")
options = {"resource_version": version, "timeout_seconds": int(hold)}
for event in watch.Watch().stream(core.list_namespaced_pod, "default", **options):
    pod = event["object"]
    if pod.metadata.name == name and pod.status.container_statuses[0].restart_count > 1:
        sys.exit("restarted again")
print(f"held {time.monotonic() - seen - float(hold):.4f}", flush=True)
core.delete_namespaced_pod(name, "default", grace_period_seconds=0)
