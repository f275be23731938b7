"""Consumer groups and their committed offsets: the coordinator of `__consumer_offsets`."""
