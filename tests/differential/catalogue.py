"""All scenarios."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.differential.scenario import AT_LEVEL, SCENARIOS, Scenario, Stage, add, first_served_by_kafka, older_versions

STAGES = list(Stage)
ABOUT_TRANSACTIONS = ("scenarios_transactions", "scenarios_transaction_logs")
LEVELS = {1: Stage.TRANSACTIONS_1, 0: Stage.TRANSACTIONS_0}
"""The stages of each level of transaction.version but the newest."""
LAST_OF_OLD_GENERATION = {0: 11, 24: 3, 26: 4, 28: 4}
"""The last versions that clients use at level 0, by key: Kafka cannot record what it is told in later ones."""
NOT_IN_OLD_VERSIONS = {
    **dict.fromkeys(
        (
            "altered_describe_configs",
            "settings_of_a_topic",
            "settings_of_bad_resources",
            "settings_of_groups_and_metrics",
            "settings_of_the_broker",
        ),
        "there are other settings since Kafka 3.9",
    ),
    **dict.fromkeys(
        (
            "plain_writers_become_transactional",
            "producers_write_in_transactions",
            "readers_of_transactions",
            "strange_writers_in_an_open_transaction",
            "topics_are_deleted_in_transactions",
            "transactions_begin_at_any_sequence",
            "writers_who_are_not_in_a_transaction",
        ),
        "there were no transactions before, or not as Kafka 4 has them",
    ),
    "produce_spoilt_records": "by default records are believed to be what their header says, in any version",
}
"""What has nothing to do with the version of a request, and why it differs."""


def scenarios() -> list[Scenario]:
    """Import every module of scenarios beside this one, and return what they hold, stage by stage."""
    for path in sorted(Path(__file__).parent.glob("scenarios_*.py")):
        import_module(f"tests.differential.{path.stem}")
    if not any(one.stage is Stage.OLD for one in SCENARIOS.values()):
        for one in list(SCENARIOS.values()):
            _add_older(one)
            _add_levels(one)
    return sorted(SCENARIOS.values(), key=lambda one: STAGES.index(one.stage))


def is_about_transactions(one: Scenario) -> bool:
    return one.run.__module__.rpartition(".")[2] in ABOUT_TRANSACTIONS


def _add_levels(one: Scenario) -> None:
    """Run what is about transactions at the levels too that clusters had before."""
    if not is_about_transactions(one) or one.stage is not Stage.ONE_NODE:
        return
    for level, stage in LEVELS.items():
        last = LAST_OF_OLD_GENERATION.get(one.key or 0, 99) if level == 0 else 99
        versions = tuple(version for version in one.versions if version <= last)
        if versions:
            add(one._replace(name=f"{one.name}{AT_LEVEL}{level}", stage=stage, versions=versions))


def _add_older(one: Scenario) -> None:
    """Run what is run in every version in those too that Kafka 4 dropped."""
    if (
        one.name in NOT_IN_OLD_VERSIONS
        or one.key is None
        or one.stage is not Stage.ONE_NODE
        or first_served_by_kafka(one.key) not in one.versions
    ):
        return
    versions = tuple(older_versions(one.key))
    if versions:
        add(one._replace(name=f"{one.name}_in_old_versions", versions=versions, stage=Stage.OLD))
