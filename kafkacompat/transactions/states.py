"""The states of a transactional id, and the one table of transitions between them (behaviour of Kafka 4.4)."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Final


class TransactionState(IntEnum):
    """A state, with its number in `__transaction_state`."""

    EMPTY = 0
    """A producer has been initialized; no transaction since."""
    ONGOING = 1
    """A transaction is open: partitions have been added to it."""
    PREPARE_COMMIT = 2
    """It will be committed whatever happens; markers are being written."""
    PREPARE_ABORT = 3
    """It will be aborted whatever happens; markers are being written."""
    COMPLETE_COMMIT = 4
    """All markers of a commit are written."""
    COMPLETE_ABORT = 5
    """All markers of an abort are written."""
    DEAD = 6
    """Forgotten: the log has a tombstone."""
    PREPARE_EPOCH_FENCE = 7
    """On the way to an abort under a higher epoch that nobody was given; never written to the log."""

    @property
    def title(self) -> str:
        """The name that clients read."""
        return "".join(word.capitalize() for word in self.name.split("_"))


BY_TITLE: Final[dict[str, TransactionState]] = {state.title: state for state in TransactionState}


class Cause(Enum):
    """Why a transactional id changes its state; the value is what the picture says."""

    INITIALIZE = "InitProducerId"
    ADD = "partitions added"
    COMMIT = "EndTxn, commit"
    ABORT = "EndTxn, abort"
    ABORT_NOTHING = "EndTxn, abort (transaction.version 2)"
    FENCE = "InitProducerId, or the timeout"
    ABORT_FENCED = "epoch raised"
    MARKERS_WRITTEN = "markers written"
    EXPIRE = "unused for too long"


_State = TransactionState

TRANSITIONS: Final[dict[tuple[TransactionState, Cause], TransactionState]] = {
    (_State.EMPTY, Cause.INITIALIZE): _State.EMPTY,
    (_State.COMPLETE_COMMIT, Cause.INITIALIZE): _State.EMPTY,
    (_State.COMPLETE_ABORT, Cause.INITIALIZE): _State.EMPTY,
    (_State.EMPTY, Cause.ADD): _State.ONGOING,
    (_State.ONGOING, Cause.ADD): _State.ONGOING,
    (_State.COMPLETE_COMMIT, Cause.ADD): _State.ONGOING,
    (_State.COMPLETE_ABORT, Cause.ADD): _State.ONGOING,
    (_State.ONGOING, Cause.COMMIT): _State.PREPARE_COMMIT,
    (_State.ONGOING, Cause.ABORT): _State.PREPARE_ABORT,
    (_State.EMPTY, Cause.ABORT_NOTHING): _State.PREPARE_ABORT,
    (_State.COMPLETE_COMMIT, Cause.ABORT_NOTHING): _State.PREPARE_ABORT,
    (_State.COMPLETE_ABORT, Cause.ABORT_NOTHING): _State.PREPARE_ABORT,
    (_State.ONGOING, Cause.FENCE): _State.PREPARE_EPOCH_FENCE,
    (_State.PREPARE_EPOCH_FENCE, Cause.ABORT_FENCED): _State.PREPARE_ABORT,
    (_State.PREPARE_COMMIT, Cause.MARKERS_WRITTEN): _State.COMPLETE_COMMIT,
    (_State.PREPARE_ABORT, Cause.MARKERS_WRITTEN): _State.COMPLETE_ABORT,
    (_State.EMPTY, Cause.EXPIRE): _State.DEAD,
    (_State.COMPLETE_COMMIT, Cause.EXPIRE): _State.DEAD,
    (_State.COMPLETE_ABORT, Cause.EXPIRE): _State.DEAD,
}
"""From a state and a cause, where a transactional id goes; a pair that is not here is refused."""


def can_go(current: TransactionState, cause: Cause) -> bool:
    """Tell whether the table has a way."""
    return (current, cause) in TRANSITIONS


def next_state(current: TransactionState, cause: Cause) -> TransactionState:
    """Return where the table leads; it has a way, or the coordinator is wrong."""
    target = TRANSITIONS.get((current, cause))
    assert target is not None, f"no way from {current.title} by {cause.name}"
    return target


def is_ending(state: TransactionState) -> bool:
    """Tell whether markers are being written: whatever is asked meanwhile has to be asked again."""
    return can_go(state, Cause.MARKERS_WRITTEN)


def diagram() -> str:
    """Draw the table, as a state diagram in the language of Mermaid."""
    lines = ["stateDiagram-v2", f"    [*] --> {TransactionState.EMPTY.title}: {Cause.INITIALIZE.value}"]
    lines += [
        f"    {source.title} --> {target.title}: {cause.value}" for (source, cause), target in TRANSITIONS.items()
    ]
    lines.append(f"    {TransactionState.DEAD.title} --> [*]")
    return "\n".join(lines)
