"""All scenarios."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.differential.scenario import SCENARIOS, Scenario, Stage, add, first_served_by_kafka, older_versions

STAGES = list(Stage)
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
    return sorted(SCENARIOS.values(), key=lambda one: STAGES.index(one.stage))


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
