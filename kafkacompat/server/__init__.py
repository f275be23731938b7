"""Sockets, tasks and the real clock."""
