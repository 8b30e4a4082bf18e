"""What a history says about a law: nothing here knows a clock, a thread, a file or a cluster."""
