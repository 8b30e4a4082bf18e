"""The record: what was seen and done, in order, as a value."""
