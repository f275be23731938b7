"""Makes up sessions: the same for the same seed and number."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from kafkacompat.api.routes import ROUTES
from tests.differential.fuzzing import actions_administration as administration
from tests.differential.fuzzing import actions_groups as groups
from tests.differential.fuzzing import actions_logs as logs
from tests.differential.fuzzing import actions_transactions as transactions
from tests.differential.fuzzing.mutation import mutated
from tests.differential.fuzzing.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tests.differential.fuzzing.session import Session

ACTIONS: Final[dict[Callable[[World], None], tuple[int, str]]] = {
    logs.produce: (12, "produce"),
    logs.produce_as_one: (5, "produce"),
    logs.fetch: (10, "fetch"),
    logs.fetch_in_session: (5, "fetch"),
    logs.list_offsets: (6, "list_offsets"),
    administration.metadata: (4, "metadata"),
    groups.commit: (6, "offset_commit"),
    groups.offset_fetch: (5, "offset_fetch"),
    groups.find_coordinator: (1, "find_coordinator"),
    groups.join: (8, "join_group"),
    groups.heartbeat: (4, "heartbeat"),
    groups.leave: (3, "leave_group"),
    groups.sync: (4, "sync_group"),
    groups.describe_groups: (2, "describe_groups"),
    groups.list_groups: (2, "list_groups"),
    administration.api_versions: (1, "api_versions"),
    administration.create_topic: (3, "create_topics"),
    administration.delete_topics: (2, "delete_topics"),
    logs.delete_records: (3, "delete_records"),
    logs.init_producer_id: (2, "init_producer_id"),
    logs.offset_for_leader_epoch: (2, "offset_for_leader_epoch"),
    administration.describe_configs: (3, "describe_configs"),
    administration.alter_configs: (2, "alter_configs"),
    logs.describe_log_dirs: (2, "describe_log_dirs"),
    administration.create_partitions: (2, "create_partitions"),
    groups.delete_groups: (2, "delete_groups"),
    administration.elect_leaders: (1, "elect_leaders"),
    administration.incremental_alter_configs: (3, "incremental_alter_configs"),
    administration.settings_of_a_group: (1, "incremental_alter_configs"),
    administration.reassign: (1, "alter_partition_reassignments"),
    administration.list_reassignments: (1, "list_partition_reassignments"),
    groups.offset_delete: (2, "offset_delete"),
    administration.describe_cluster: (1, "describe_cluster"),
    logs.alter_replica_log_dirs: (1, "alter_replica_log_dirs"),
    logs.describe_producers: (2, "describe_producers"),
    transactions.begin: (3, "init_producer_id"),
    transactions.write: (10, "produce"),
    transactions.end: (7, "end_txn"),
    transactions.add_partitions: (2, "add_partitions_to_txn"),
    transactions.add_offsets: (2, "add_offsets_to_txn"),
    transactions.commit_offsets: (4, "txn_offset_commit"),
    transactions.write_markers: (2, "write_txn_markers"),
    transactions.describe: (2, "describe_transactions"),
    transactions.list_all: (2, "list_transactions"),
    transactions.update_features: (1, "update_features"),
    administration.list_config_resources: (1, "list_config_resources"),
    administration.describe_topic_partitions: (2, "describe_topic_partitions"),
}
"""What may come next, how often, and the key that it is about."""

LEFT_OUT: Final = {"describe_quorum": "it tells how far the metadata log is, which each broker writes in its own way"}
"""Keys without an action, and why."""

SPOILT_SHARE: Final = 0.3
"""How many of the steps have something else in one place."""
ACTIONS_OF_A_SESSION: Final = range(3, 9)


def generate(seed: int, number: int, keys: Collection[str] = ()) -> Session:
    """Make up one session, about some keys if they are named."""
    random = Random(f"{seed}/{number}")
    world = World(random)
    administration.create_topic(world)
    if random.random() < 0.3:
        administration.create_topic(world)
    made = len(world.steps)
    chosen = {action: weight for action, (weight, key) in ACTIONS.items() if not keys or key in keys}
    if keys:  # something must be there for them to be about
        chosen |= dict.fromkeys((logs.produce, groups.join, groups.commit), 1) | chosen
    for _ in range(random.choice(ACTIONS_OF_A_SESSION)):
        (action,) = random.choices(list(chosen), list(chosen.values()))
        action(world)
    spoilt = (mutated(one, random) if random.random() < SPOILT_SHARE else one for one in world.steps[made:])
    first = world.steps[:made] if random.random() < 0.9 else [mutated(one, random) for one in world.steps[:made]]
    return (*first, *spoilt)


def keys_of_no_action() -> set[str]:
    return {route.name for route in ROUTES.values()} - {key for _, key in ACTIONS.values()} - LEFT_OUT.keys()
