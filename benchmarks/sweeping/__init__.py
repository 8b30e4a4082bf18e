"""Pods drawn by a seed, hurt by every fault that fits, and compared with what was promised.

`drawn` makes the pods, `batch` is the scenario that hurts some of them, `runtime` keeps what
containerd says itself, `compared` lays the verdicts beside it, `picture` draws what came out.
"""
