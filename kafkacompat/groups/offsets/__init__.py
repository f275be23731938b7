"""Committed offsets: committing, fetching, deleting, expiring."""
