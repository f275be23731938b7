"""When a feature counts as served."""

from __future__ import annotations

from kafkacompat.testing import Broker
from suite.features import Feature, Served, ask_what_is_served, read_features
from suite.places import SUITE

TABLE = SUITE / "suite" / "features.toml"


def test_a_feature_needs_all_its_keys_in_full_and_its_levels() -> None:
    feature = Feature({24: 5, 26: 5}, {"transaction.version": 2})
    assert Served({24: 5, 26: 6}, {"transaction.version": 2}).has(feature)
    assert not Served({24: 5}, {"transaction.version": 2}).has(feature)
    assert not Served({24: 4, 26: 5}, {"transaction.version": 2}).has(feature)
    assert not Served({24: 5, 26: 5}, {"transaction.version": 1}).has(feature)


def test_versions_are_those_of_the_facts() -> None:
    features = read_features(TABLE)
    assert features["core"].versions[1] == 18
    assert features["transactions"].levels == {"transaction.version": 2}


def test_the_core_is_served() -> None:
    with Broker() as broker:
        served = ask_what_is_served(broker.bootstrap_servers)
    features = read_features(TABLE)
    assert served.has(features["core"])
    assert served.has(features["groups"])
    assert served.has(features["admin"])
