"""Offsets of partitions: looked up, and records deleted before them."""

import confluent_kafka
from confluent_kafka import TopicPartition, admin
from failures import failures
from session import offset_list


class Offsets:
    def list_offsets(self, partitions, at, isolation="read_uncommitted"):
        wanted = {TopicPartition(*each): spec(at) for each in partitions}
        level = confluent_kafka.IsolationLevel[isolation.upper()]
        futures = self._client.list_offsets(wanted, isolation_level=level)
        return {"offsets": offset_list({place: failures.attempt(found, each) for place, each in futures.items()})}

    def delete_records(self, offsets):
        futures = self._client.delete_records([TopicPartition(*each) for each in offsets])
        rows = {
            place: failures.attempt(lambda each=each: each.result().low_watermark) for place, each in futures.items()
        }
        return {"partitions": offset_list(rows)}


def spec(at):
    match at:
        case "earliest":
            return admin.OffsetSpec.earliest()
        case "latest":
            return admin.OffsetSpec.latest()
        case "max-timestamp":
            return admin.OffsetSpec.max_timestamp()
    return admin.OffsetSpec.for_timestamp(at)


def found(future):
    result = future.result()
    return (result.offset, result.timestamp) if result.offset >= 0 else None
