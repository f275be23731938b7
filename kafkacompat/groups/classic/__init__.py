"""Classic groups: members join, a leader assigns, everyone syncs (the protocol before KIP-848)."""
