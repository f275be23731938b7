"""How any coordinator lives: decisions, deadlines, shards and the runtime that carries them out."""
