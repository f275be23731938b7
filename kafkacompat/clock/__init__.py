"""Milliseconds as `int`: the ports through which everything else learns what time it is."""
