"""What kafka-python's exceptions mean, and those of its answers that are only text."""

import re

from session import Failure, Failures, by_code

from kafka import errors

NUMBERED = re.compile(r"^\[Error (-?\d+)\] ")


def of(error):
    match error:
        case errors.ProducerFencedError():
            return Failure("PRODUCER_FENCED", str(error))
        case errors.BrokerResponseError() if error.errno is not None:
            return by_code(error.errno, error)
        case errors.KafkaTimeoutError():
            return Failure("TIMED_OUT", str(error))
        case errors.KafkaConnectionError() | errors.NodeNotReadyError():
            return Failure("DISCONNECTED", str(error))
        case errors.NoOffsetForPartitionError():
            return Failure("NO_OFFSET", str(error))
        case errors.TransactionAbortedError():
            return Failure("TRANSACTION_ABORTED", str(error))
        case errors.UnsupportedCodecError():
            return Failure("UNSUPPORTED", str(error))
        case errors.KafkaConfigurationError() | errors.IllegalArgumentError() | errors.IllegalStateError():
            return Failure("INVALID_ARGUMENT", str(error))
        case ValueError() | TypeError() | AssertionError():
            return Failure("INVALID_ARGUMENT", str(error))
    return None


failures = Failures(of)


def item_of_class(error):
    """Null or the error item of an error class, which is how it answers for each of several."""
    return None if error is None or error is errors.NoError else by_code(error.errno).item()


def item_of_code(code, message=None):
    return by_code(code, message or "").item() if code else None


def item_of_text(text):
    """Null or the error item of a text that begins with the number of the error, or is the name of its class."""
    if text in (None, "OK"):
        return None
    numbered = NUMBERED.match(text)
    if numbered:
        return by_code(int(numbered[1]), text).item()
    named = getattr(errors, text, None)
    return by_code(named.errno, text).item() if named else Failure("OTHER", text).item()
