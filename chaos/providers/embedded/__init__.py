"""Real Kubernetes on this machine, without Docker: programs, and nodes made of namespaces.

Import what you need from the modules: this file stays empty because the guard imports it, and
the guard is to be up within a blink.
"""
