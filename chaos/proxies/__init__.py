"""Connections that go through toxiproxy: this room alone knows its library and its server.

`server` speaks to any of its servers, `loopback` starts one of our own here, behind `doors` that
only this user's processes may enter.
"""
