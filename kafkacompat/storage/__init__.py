"""Partition logs: the seam (`store`) and its engines."""
