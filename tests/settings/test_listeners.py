from __future__ import annotations

import pytest

from kafkacompat.settings.listeners import ListenerConfig, parse_listeners
from kafkacompat.settings.settings import InvalidSettingError, Settings


def listeners(**told: str) -> list[ListenerConfig]:
    return parse_listeners(Settings.from_values({name.replace("_", "."): text for name, text in told.items()}))


def refusal(**told: str) -> str:
    with pytest.raises(InvalidSettingError) as error:
        listeners(**told)
    return error.value.sentence


def test_without_a_word_every_interface_is_served_and_this_machine_advertised() -> None:
    assert listeners() == [ListenerConfig("PLAINTEXT", "PLAINTEXT", "", 9092, "localhost", 9092)]


def test_what_testcontainers_says() -> None:
    assert listeners(
        listeners="PLAINTEXT://0.0.0.0:9092,BROKER://0.0.0.0:9093,CONTROLLER://0.0.0.0:9094",
        advertised_listeners="PLAINTEXT://localhost:32801,BROKER://172.17.0.2:9093",
        listener_security_protocol_map="BROKER:PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        inter_broker_listener_name="BROKER",
        controller_listener_names="CONTROLLER",
        controller_quorum_voters="1@localhost:9094",
    ) == [
        ListenerConfig("PLAINTEXT", "PLAINTEXT", "", 9092, "localhost", 32801),
        ListenerConfig("BROKER", "PLAINTEXT", "", 9093, "172.17.0.2", 9093),
    ]


def test_port_zero_is_told_to_clients_as_the_port_that_is_opened() -> None:
    (listener,) = listeners(listeners="PLAINTEXT://127.0.0.1:0")
    assert (listener.port, listener.advertised_port) == (0, 0)


def test_ipv6_addresses_stand_in_brackets() -> None:
    (listener,) = listeners(listeners="plaintext://[::1]:9092")
    assert (listener.name, listener.host, listener.advertised_host) == ("PLAINTEXT", "::1", "::1")


def test_two_listeners_share_a_port_on_different_address_families() -> None:
    both = listeners(
        listeners="A://127.0.0.1:9092,B://[::1]:9092", listener_security_protocol_map="A:PLAINTEXT,B:PLAINTEXT"
    )
    assert [listener.port for listener in both] == [9092, 9092]


MADE = "Error creating broker listeners from"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"listeners": "FOO"}, f"{MADE} '[FOO]': Unable to parse FOO to a broker endpoint"),
        ({"listeners": "A://::1:9092"}, f"{MADE} '[A://::1:9092]': Unable to parse A://::1:9092 to a broker endpoint"),
        ({"listeners": "FOO://:1"}, f"{MADE} '[FOO://:1]': No security protocol defined for listener FOO"),
        ({"listeners": "PLAINTEXT://h:99999"}, f"{MADE} '[PLAINTEXT://h:99999]': port out of range:99999"),
        ({"listeners": ""}, "Configuration 'listeners' must not be empty. Valid values include: any non-empty value"),
        (
            {"listeners": "PLAINTEXT://:1,PLAINTEXT://:2"},
            (
                f"{MADE} '[PLAINTEXT://:1, PLAINTEXT://:2]': Each listener must have a different name, "
                "listeners: [PLAINTEXT://:1, PLAINTEXT://:2]"
            ),
        ),
        (
            {"listeners": "PLAINTEXT://:1,SSL://:1"},
            (
                f"{MADE} '[PLAINTEXT://:1, SSL://:1]': If you have two listeners on the same port "
                "then one needs to be IPv4 and the other IPv6, listeners: [PLAINTEXT://:1, SSL://:1], port: 1"
            ),
        ),
        (
            {"advertised_listeners": "PLAINTEXT://a:1,SSL://a:2"},
            (
                "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. "
                "Found PLAINTEXT,SSL. The valid options based on the current configuration are PLAINTEXT"
            ),
        ),
        (
            {"advertised_listeners": "PLAINTEXT://0.0.0.0:1"},
            "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
        ),
        (
            {"listeners": "PLAINTEXT://0.0.0.0:1"},
            "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
        ),
        (
            {"controller_listener_names": "PLAINTEXT"},
            (
                "There must be at least one broker advertised listener. "
                "Perhaps all listeners appear in controller.listener.names?"
            ),
        ),
        (
            {"inter_broker_listener_name": "NOPE"},
            (
                "Listener with name NOPE defined in inter.broker.listener.name "
                "not found in listener.security.protocol.map."
            ),
        ),
        (
            {"inter_broker_listener_name": "SSL"},
            (
                "inter.broker.listener.name must be a listener name defined in advertised.listeners. "
                "The valid options based on currently configured listeners are PLAINTEXT"
            ),
        ),
        (
            {"inter_broker_listener_name": "PLAINTEXT", "security_inter_broker_protocol": "PLAINTEXT"},
            "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.",
        ),
        (
            {"listener_security_protocol_map": "PLAINTEXT:FOO"},
            "Invalid security protocol `FOO` defined in listener.security.protocol.map",
        ),
    ],
)
def test_what_kafka_refuses(told: dict[str, str], sentence: str) -> None:
    assert refusal(**told) == sentence


@pytest.mark.parametrize("protocol", ["SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_other_protocols_are_refused_in_a_sentence(protocol: str) -> None:
    assert protocol in refusal(listeners=f"PLAINTEXT://:1,{protocol}://:2")


def test_a_controllers_listener_may_speak_anything() -> None:
    told = listeners(
        listeners="PLAINTEXT://:1,C://:2",
        controller_listener_names="C",
        listener_security_protocol_map="PLAINTEXT:PLAINTEXT,C:SSL",
    )
    assert [listener.name for listener in told] == ["PLAINTEXT"]
