"""The metadata coordinator: topics, configs, features and id blocks, as records of one log."""
