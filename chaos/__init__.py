"""Hurt a Kubernetes cluster on purpose, record what it does, judge it by laws."""
