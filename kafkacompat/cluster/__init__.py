"""The cluster as its clients see it: nodes, partitions, parked fetches and fetch sessions."""
