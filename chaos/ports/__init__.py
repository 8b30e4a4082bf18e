"""What the harness asks of others, as protocols: here is no code that does anything."""
