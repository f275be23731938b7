"""The session of a client program, for those written in Python: see compat-suite/CONTRACT.md.

A driver says what its client has, by classes whose methods are the verbs of the contract, and calls `serve`.
"""

from session.failures import Failure, Failures, by_code, unsupported
from session.polling import Poller
from session.records import Outgoing, incoming
from session.serving import Client, serve
from session.settings import Start, translated
from session.values import decoded, encoded, listed, offset_list

__all__ = [
    "Client",
    "Failure",
    "Failures",
    "Outgoing",
    "Poller",
    "Start",
    "by_code",
    "decoded",
    "encoded",
    "incoming",
    "listed",
    "offset_list",
    "serve",
    "translated",
    "unsupported",
]
