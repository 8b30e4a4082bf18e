"""Connections that go through toxiproxy: this room alone knows its library and its server."""
