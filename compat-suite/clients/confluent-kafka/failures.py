"""What confluent-kafka's exceptions and errors mean: librdkafka's own have negative codes."""

import types

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from session import Failure, Failures, by_code, unsupported

OWN = {
    KafkaError._ALL_BROKERS_DOWN: "DISCONNECTED",
    KafkaError._AUTHENTICATION: "SASL_AUTHENTICATION_FAILED",
    KafkaError._CONFLICT: "INVALID_ARGUMENT",
    KafkaError._FATAL: "FATAL",
    KafkaError._FENCED: "PRODUCER_FENCED",
    KafkaError._INVALID_ARG: "INVALID_ARGUMENT",
    KafkaError._MSG_TIMED_OUT: "TIMED_OUT",
    KafkaError._NOT_IMPLEMENTED: "UNSUPPORTED",
    KafkaError._NO_OFFSET: "NO_OFFSET",
    KafkaError._PURGE_INFLIGHT: "FATAL",  # what the producer held when it met a fatal error: nobody else purges here
    KafkaError._PURGE_QUEUE: "FATAL",
    KafkaError._RESOLVE: "DISCONNECTED",
    KafkaError._STATE: "INVALID_ARGUMENT",
    KafkaError._TIMED_OUT: "TIMED_OUT",
    KafkaError._TIMED_OUT_QUEUE: "TIMED_OUT",
    KafkaError._TRANSPORT: "DISCONNECTED",
    KafkaError._UNKNOWN_GROUP: "GROUP_ID_NOT_FOUND",
    KafkaError._UNKNOWN_PARTITION: "UNKNOWN_TOPIC_OR_PARTITION",
    KafkaError._UNKNOWN_TOPIC: "UNKNOWN_TOPIC_OR_PARTITION",
    KafkaError._UNSUPPORTED_FEATURE: "UNSUPPORTED_VERSION",
}


def of_error(error):
    """The failure that librdkafka's error says."""
    code = error.code()
    if code == KafkaError._AUTO_OFFSET_RESET:
        gone = "out of range" in error.str()
        return Failure("OFFSET_OUT_OF_RANGE" if gone else "NO_OFFSET", error.str())
    if code == KafkaError._INVALID_ARG and "No such configuration property" in error.str():
        return unsupported(error.str())
    if code < -1:
        return Failure(OWN.get(code, "OTHER"), f"{error.name()}: {error.str()}")
    return by_code(code, error.str())


def of(error):
    match error:
        case KafkaException() if error.args and isinstance(error.args[0], KafkaError):
            return of_error(error.args[0])
        case AttributeError() if isinstance(error.obj, types.ModuleType | AdminClient | Consumer | Producer):
            return unsupported(error.name)  # what an older version does not have yet
        case ValueError() | TypeError() | RuntimeError():
            return Failure("INVALID_ARGUMENT", str(error))
    return None


failures = Failures(of)


def item_of(error):
    """Null, or the error item of an error."""
    return None if error is None else of_error(error).item()


def results(futures):
    """Null or an error item for each of the futures of a call."""
    return {name: failures.attempt(done, future) for name, future in futures.items()}


def done(future):
    future.result()
