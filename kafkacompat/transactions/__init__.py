"""The transaction coordinator: who may write what, and when it counts (KIP-98, KIP-447, KIP-360, KIP-890)."""
