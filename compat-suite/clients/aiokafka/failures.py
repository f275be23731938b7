"""What aiokafka's exceptions mean."""

from aiokafka import errors
from session import Failure, Failures, by_code


def of(error):
    match error:
        case errors.BrokerResponseError() if error.errno is not None:
            return by_code(error.errno, error)
        case errors.ProducerFenced():
            return Failure("PRODUCER_FENCED", str(error))
        case errors.RecordTooLargeError():
            return Failure("MESSAGE_TOO_LARGE", str(error))
        case errors.KafkaTimeoutError() | TimeoutError():
            return Failure("TIMED_OUT", str(error))
        case errors.KafkaConnectionError() | errors.NodeNotReadyError() | errors.KafkaUnavailableError():
            return Failure("DISCONNECTED", str(error))
        case errors.NoOffsetForPartitionError():
            return Failure("NO_OFFSET", str(error))
        case errors.AuthenticationFailedError():
            return Failure("SASL_AUTHENTICATION_FAILED", str(error))
        case errors.UnsupportedCodecError():
            return Failure("UNSUPPORTED", str(error))
        case errors.KafkaConfigurationError() | errors.IllegalArgumentError() | errors.IllegalStateError():
            return Failure("INVALID_ARGUMENT", str(error))
        case errors.IllegalOperation() | ValueError() | TypeError() | AssertionError():
            return Failure("INVALID_ARGUMENT", str(error))
    return None


failures = Failures(of)


async def attempt(work):
    """What the coroutine returns, or an error item."""
    try:
        return await work
    except Exception as error:
        return failures.item(error)


def item_of_code(code, message=None):
    return by_code(code, message or "").item() if code else None
