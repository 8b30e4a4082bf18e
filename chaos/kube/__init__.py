"""The Kubernetes API: its client, its witness, and the port that faults act through."""
