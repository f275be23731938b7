"""Transactions and the producers that take part in them."""

from failures import failures
from kafka import TopicPartition
from kafka.admin import AbortTransactionSpec
from session import listed, offset_list


class Transactions:
    def list_transactions(self, states=None, producer_ids=None, pattern=None):
        found = self._client.list_transactions(
            state_filters=states, producer_id_filters=producer_ids, transactional_id_pattern=pattern
        )
        rows = [
            {"id": each.transactional_id, "producer_id": each.producer_id, "state": each.state.value}
            for listings in found.values()
            for each in listings
        ]
        return {"transactions": sorted(rows, key=lambda row: row["id"])}

    def describe_transactions(self, ids):
        """It raises at the first that fails, so each is asked for alone."""
        return {"results": failures.each(ids, self._describe_transaction)}

    def _describe_transaction(self, name):
        found = self._client.describe_transactions([name])[name]
        return {
            "state": found.state.value,
            "producer_id": found.producer_id,
            "epoch": found.producer_epoch,
            "timeout_ms": found.transaction_timeout_ms,
            "coordinator": found.coordinator_id,
            "partitions": listed(found.topic_partitions),
        }

    def abort_transaction(self, partition, producer_id, epoch, coordinator_epoch=-1):
        self._client.abort_transaction(
            AbortTransactionSpec(TopicPartition(*partition), producer_id, epoch, coordinator_epoch)
        )

    def describe_producers(self, partitions):
        def one(place):
            return [producer(each) for each in self._client.describe_producers([place])[place].active_producers]

        return {"producers": offset_list(failures.each([TopicPartition(*each) for each in partitions], one))}


def producer(found):
    return {
        "producer_id": found.producer_id,
        "epoch": found.producer_epoch,
        "last_sequence": found.last_sequence,
        "last_timestamp": found.last_timestamp,
        "coordinator_epoch": found.coordinator_epoch,
        "transaction_start": found.current_transaction_start_offset,
    }
