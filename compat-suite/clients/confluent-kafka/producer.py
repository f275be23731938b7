"""librdkafka's producer."""

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka import Producer as Client
from connecting import options
from failures import failures
from session import Failure, Outgoing, translated

SETTINGS = {
    "acks": "acks",
    "idempotent": "enable.idempotence",
    "transactional_id": "transactional.id",
    "transaction_timeout_ms": "transaction.timeout.ms",
    "codec": "compression.type",
    "linger_ms": "linger.ms",
    "batch_bytes": "batch.size",
    "max_request_bytes": "message.max.bytes",
    "in_flight": "max.in.flight.requests.per.connection",
    "delivery_timeout_ms": "delivery.timeout.ms",
    "partitioner": lambda name: {"partitioner": "murmur2_random" if name == "murmur2" else name},
}
DEFAULTS = {
    "delivery.timeout.ms": 15_000,
    "socket.timeout.ms": 10_000,
}
PATIENCE_S = 20


class Producer:
    def __init__(self, start, settings):
        chosen = translated(settings, SETTINGS)
        timeout_ms = chosen.get("transaction.timeout.ms")
        if timeout_ms is not None:  # it must not be shorter than these
            chosen = {
                "delivery.timeout.ms": min(timeout_ms, 15_000),
                "socket.timeout.ms": min(timeout_ms, 10_000),
            } | chosen
        self._client = Client(options(start) | DEFAULTS | chosen)
        self._ready = False

    def send(self, records, together=False):
        handed = []
        for record in [Outgoing.of(each) for each in records]:
            handed.append(self._hand_over(record))
            if not together:
                self._flush(handed)
        self._flush(handed)
        return {"sent": [failures.attempt(outcome, each) for each in handed]}

    def _flush(self, handed):
        """Wait for the reports. A fatal error is raised instead, perhaps around a report: it is that of all that lack one."""
        try:
            self._client.flush(PATIENCE_S)
        except (KafkaException, SystemError) as error:
            for report in handed:
                if not report:
                    report.append((error.__cause__ or error, None))

    def _hand_over(self, record):
        """A list that will have the delivery report, or what the client raised at once."""
        report = []
        optional = {"partition": record.partition, "timestamp": record.timestamp}
        try:
            self._client.produce(
                record.topic,
                value=record.value,
                key=record.key,
                headers=record.headers or None,
                on_delivery=lambda error, message: report.append((error, message)),
                **{name: value for name, value in optional.items() if value is not None},
            )
        except Exception as error:
            report.append((error, None))
        return report

    def init(self):
        self._client.init_transactions(PATIENCE_S)
        self._ready = True

    def begin(self):
        if not self._ready:
            self.init()
        self._client.begin_transaction()

    def commit(self):
        self._client.commit_transaction(PATIENCE_S)

    def abort(self):
        self._client.abort_transaction(PATIENCE_S)

    def send_offsets(self, consumer, offsets=None):
        wanted = consumer.ends() if offsets is None else [TopicPartition(*each) for each in offsets]
        self._client.send_offsets_to_transaction(wanted, consumer.metadata(), PATIENCE_S)

    def close(self, how):
        if how == "leave":
            self._client.flush(PATIENCE_S)
        self._client = None


def outcome(report):
    if not report:
        raise Failure("TIMED_OUT", "no delivery report")
    error, message = report[0]
    if error is not None:
        raise error if isinstance(error, Exception) else KafkaException(error)
    return {
        "partition": message.partition(),
        "offset": -1 if message.offset() is None else message.offset(),
        "timestamp": message.timestamp()[1],
    }
