"""Log segments in files, as Kafka lays them out."""
