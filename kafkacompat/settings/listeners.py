"""The doors a node opens: `listeners`, `advertised.listeners` and what stands around them, read as Kafka does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.settings.errors import InvalidSettingError

if TYPE_CHECKING:
    from kafkacompat.settings.settings import Settings

_HOST_CHARACTERS: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-%._:")
_PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_SERVED: Final = "PLAINTEXT"
_GREATEST_PORT: Final = 65535
_META_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - compared with, never bound
_HOST_FOR_ALL_INTERFACES: Final = "localhost"
"""What clients are told when a listener names no host and nothing is advertised: they run on this machine."""


class ListenerConfig(NamedTuple):
    """A listener to open.

    `host` "" is every interface and `port` 0 a free one; `advertised_port` 0 is the port that was really opened.
    """

    name: str
    security_protocol: str
    host: str
    port: int
    advertised_host: str
    advertised_port: int


class _Endpoint(NamedTuple):
    name: str
    host: str
    port: int


def parse_listeners(settings: Settings) -> list[ListenerConfig]:
    """Return the listeners for clients, in the order given; controllers' listeners are accepted and left out.

    InvalidSettingError for what Kafka refuses, and for security protocols that are not served here.
    """
    controllers = frozenset(name.upper() for name in settings.list("controller.listener.names"))
    protocols = _protocols(settings, controllers)
    opened = _endpoints(settings, "listeners", protocols)
    _check_ports(settings.list("listeners"), opened)
    clients = [endpoint for endpoint in opened if endpoint.name not in controllers]
    advertised = _advertised(settings, opened, clients, protocols)
    _check_inter_broker(settings, [endpoint.name for endpoint in advertised], protocols)
    told = {endpoint.name: endpoint for endpoint in advertised}
    return [_listener(endpoint, told.get(endpoint.name, endpoint), protocols) for endpoint in clients]


def _protocols(settings: Settings, controllers: frozenset[str]) -> dict[str, str]:
    """Read `listener.security.protocol.map`; while it is not set, controllers' listeners are PLAINTEXT (KIP-631)."""
    protocols = dict.fromkeys(controllers, "PLAINTEXT") if not _told(settings, "listener.security.protocol.map") else {}
    for entry in settings.text("listener.security.protocol.map").split(","):
        name, colon, protocol = (part.strip() for part in entry.strip().rpartition(":"))
        if not colon or not name:
            raise InvalidSettingError(
                "Error parsing configuration property 'listener.security.protocol.map': "
                f"{entry.strip()!r} is not NAME:PROTOCOL"
            )
        if protocol.upper() not in _PROTOCOLS:
            raise InvalidSettingError(
                f"Invalid security protocol `{protocol}` defined in listener.security.protocol.map"
            )
        protocols[name.upper()] = protocol.upper()
    return protocols


def _told(settings: Settings, name: str) -> bool:
    return settings.static_text(name) is not None


def _endpoints(settings: Settings, setting: str, protocols: dict[str, str]) -> list[_Endpoint]:
    texts = settings.list(setting)
    if not texts:
        raise InvalidSettingError(
            f"Configuration '{setting}' must not be empty. Valid values include: any non-empty value"
        )
    context = f"Error creating broker listeners from '[{', '.join(texts)}]'"
    endpoints = [_endpoint(text, context) for text in texts]
    for endpoint in endpoints:
        if endpoint.name not in protocols:
            raise InvalidSettingError(f"{context}: No security protocol defined for listener {endpoint.name}")
    if len({endpoint.name for endpoint in endpoints}) < len(endpoints):
        raise InvalidSettingError(
            f"{context}: Each listener must have a different name, listeners: [{', '.join(texts)}]"
        )
    return endpoints


def _endpoint(text: str, context: str) -> _Endpoint:
    """Read NAME://HOST:PORT, where the host may be empty or an IPv6 address in brackets."""
    name, separator, address = text.partition("://")
    host, colon, port_text = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        colon = ""
    if not separator or not colon or not _HOST_CHARACTERS.issuperset(host) or not _is_number(port_text):
        raise InvalidSettingError(f"{context}: Unable to parse {text} to a broker endpoint")
    port = int(port_text)
    if not 0 <= port <= _GREATEST_PORT:
        raise InvalidSettingError(f"{context}: port out of range:{port}")
    return _Endpoint(name.upper(), host, port)


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= len(str(_GREATEST_PORT)) + 1


def _check_ports(texts: list[str], endpoints: list[_Endpoint]) -> None:
    """Refuse two listeners on one port, save one of each address family (KIP-797)."""
    seen: dict[int, list[_Endpoint]] = {}
    for endpoint in endpoints:
        if endpoint.port:
            seen.setdefault(endpoint.port, []).append(endpoint)
    for port, sharing in seen.items():
        families = {":" in endpoint.host for endpoint in sharing}
        if len(sharing) > len(families):
            raise InvalidSettingError(
                f"Error creating broker listeners from '[{', '.join(texts)}]': "
                "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, "
                f"listeners: [{', '.join(texts)}], port: {port}"
            )


def _advertised(
    settings: Settings, opened: list[_Endpoint], clients: list[_Endpoint], protocols: dict[str, str]
) -> list[_Endpoint]:
    """Return what clients are told: `advertised.listeners`, or the listeners themselves."""
    if not _told(settings, "advertised.listeners"):
        advertised = clients
    else:
        advertised = _endpoints(settings, "advertised.listeners", protocols)
    if not advertised:
        raise InvalidSettingError(
            "There must be at least one broker advertised listener. "
            "Perhaps all listeners appear in controller.listener.names?"
        )
    names = [endpoint.name for endpoint in opened]
    if any(endpoint.name not in names for endpoint in advertised):
        raise InvalidSettingError(
            "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. "
            f"Found {','.join(e.name for e in advertised)}. "
            f"The valid options based on the current configuration are {','.join(names)}"
        )
    if any(endpoint.host == _META_ADDRESS for endpoint in advertised):
        raise InvalidSettingError(
            f"advertised.listeners cannot use the nonroutable meta-address {_META_ADDRESS}. Use a routable IP address."
        )
    return advertised


def _check_inter_broker(settings: Settings, advertised: list[str], protocols: dict[str, str]) -> None:
    """Hold `inter.broker.listener.name` to Kafka's rules; no other broker will use it here."""
    name = settings.optional_text("inter.broker.listener.name")
    if name is None:
        return
    if _told(settings, "security.inter.broker.protocol"):
        raise InvalidSettingError(
            "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set."
        )
    if name.upper() not in protocols:
        raise InvalidSettingError(
            f"Listener with name {name} defined in inter.broker.listener.name "
            "not found in listener.security.protocol.map."
        )
    if name.upper() not in advertised:
        raise InvalidSettingError(
            "inter.broker.listener.name must be a listener name defined in advertised.listeners. "
            f"The valid options based on currently configured listeners are {','.join(advertised)}"
        )


def _listener(endpoint: _Endpoint, advertised: _Endpoint, protocols: dict[str, str]) -> ListenerConfig:
    protocol = protocols[endpoint.name]
    if protocol != _SERVED:
        raise InvalidSettingError(
            f"Listener {endpoint.name} speaks {protocol}, which this server does not serve yet: use {_SERVED} listeners"
        )
    return ListenerConfig(
        endpoint.name,
        protocol,
        "" if endpoint.host == _META_ADDRESS else endpoint.host,
        endpoint.port,
        advertised.host or _HOST_FOR_ALL_INTERFACES,
        advertised.port,
    )
