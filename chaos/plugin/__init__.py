"""The pytest plugin: this room alone knows pytest, but for the items of a graded app."""
