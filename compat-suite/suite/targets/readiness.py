"""Whether a server that has just started serves groups and transactions: a program of its own.

A fresh Kafka makes `__consumer_offsets` and `__transaction_state` at the first question for a coordinator, which on a
busy machine takes longer than some clients wait; until then administrators are told COORDINATOR_NOT_AVAILABLE,
whatever group they ask about. librdkafka's administrator sometimes ends its process when it is asked so early (by an
assertion in rdkafka_queue.h): it is not asked in the suite's own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from suite.failures import TargetError
from suite.places import SUITE

if TYPE_CHECKING:
    from collections.abc import Mapping

READY_S: Final = 240
ANSWER_S: Final = 20
LOOK_AGAIN_S: Final = 0.1
NAME: Final = "before-the-scenarios"


def wait_until_ready(settings: Mapping[str, Any], *, transactions: bool) -> None:
    """Return when groups, and transactions where they are asked for, are served; TargetError when they are not."""
    deadline = time.monotonic() + READY_S
    asked = json.dumps({"settings": dict(settings), "transactions": transactions})
    while True:
        command = [sys.executable, "-m", "suite.targets.readiness"]
        left_s = max(1.0, deadline - time.monotonic())
        try:
            done = subprocess.run(
                command, input=asked, capture_output=True, text=True, timeout=left_s, check=False, cwd=SUITE
            )
        except subprocess.TimeoutExpired:
            raise TargetError(f"coordinators do not work within {READY_S} s") from None
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise TargetError(f"coordinators do not work within {READY_S} s: {done.stderr.strip()[-600:]}")
        time.sleep(LOOK_AGAIN_S)


def ask_for_groups(admin: AdminClient) -> list[Any]:
    """Ask for one group's coordinator, and every broker for its groups; return what goes wrong."""
    try:
        [offsets] = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(NAME)]).values()
        offsets.result(ANSWER_S)
        return list(admin.list_consumer_groups().result(ANSWER_S).errors)
    except (KafkaException, TimeoutError) as error:
        return [error]


def main() -> None:
    """Read what is asked from standard input; end with 0 when all is served."""
    asked = json.load(sys.stdin)
    settings: dict[str, Any] = {"log_level": 0, **asked["settings"]}
    admin = AdminClient(settings)
    while ask_for_groups(admin):
        time.sleep(LOOK_AGAIN_S)
    if asked["transactions"]:
        Producer({**settings, "transactional.id": NAME}).init_transactions(READY_S)


if __name__ == "__main__":
    main()
