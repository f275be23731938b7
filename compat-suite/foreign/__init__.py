"""Runners for test suites that other projects publish."""
