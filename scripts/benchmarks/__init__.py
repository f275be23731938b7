"""Speed, side by side with the real Kafka: `scripts/bench` runs this, people read docs/performance.md."""
