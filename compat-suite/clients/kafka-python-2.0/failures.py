"""What the exceptions of kafka-python 2.0 and 1.4 mean."""

from kafka import errors
from kafka.admin import KafkaAdminClient
from kafka.consumer.fetcher import NoOffsetForPartitionError
from session import Failure, Failures, by_code, unsupported


def of(error):
    match error:
        case errors.BrokerResponseError() if error.errno is not None:
            return by_code(error.errno, error)
        case errors.KafkaTimeoutError():
            return Failure("TIMED_OUT", str(error))
        case errors.KafkaConnectionError() | errors.NodeNotReadyError() | errors.NoBrokersAvailable():
            return Failure("DISCONNECTED", str(error))
        case NoOffsetForPartitionError():
            return Failure("NO_OFFSET", str(error))
        case errors.UnsupportedCodecError() | NotImplementedError():
            return unsupported(str(error))
        case AttributeError() if isinstance(error.obj, KafkaAdminClient):
            return unsupported(error.name)  # what an older version does not have yet
        case errors.KafkaConfigurationError() | errors.IllegalArgumentError() | errors.IllegalStateError():
            return Failure("INVALID_ARGUMENT", str(error))
        case ValueError() | TypeError() | AssertionError():
            return Failure("INVALID_ARGUMENT", str(error))
    return None


failures = Failures(of)


def item_of_code(code, message=None, *_):
    return by_code(code, message or "").item() if code else None
