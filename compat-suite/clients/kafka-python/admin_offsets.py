"""Offsets of partitions: looked up, and records deleted before them."""

from failures import failures
from kafka import TopicPartition
from kafka.admin import OffsetSpec
from session import offset_list

SPECS = {"earliest": OffsetSpec.EARLIEST, "latest": OffsetSpec.LATEST, "max-timestamp": OffsetSpec.MAX_TIMESTAMP}


class Offsets:
    def list_offsets(self, partitions, at, isolation="read_uncommitted"):
        """It raises at the first partition that fails, so each is asked for alone."""

        def one(place):
            found = self._client.list_partition_offsets({place: SPECS.get(at, at)}, isolation_level=isolation)[place]
            return None if found.offset < 0 else (found.offset, found.timestamp)

        return {"offsets": offset_list(failures.each([TopicPartition(*each) for each in partitions], one))}

    def delete_records(self, offsets):
        """It raises when any partition fails, so each is asked for alone."""
        wanted = {TopicPartition(topic, partition): offset for topic, partition, offset in offsets}

        def one(place):
            return self._client.delete_records({place: wanted[place]})[place]["low_watermark"]

        return {"partitions": offset_list(failures.each(wanted, one))}
