"""Listeners that ask who is there: clients that say the right thing are served, others are turned away."""

from __future__ import annotations

from suite import ClientError, Record, World, gather, holds, same, scenario

TURNED_AWAY = ("SASL_AUTHENTICATION_FAILED", "TIMED_OUT", "DISCONNECTED", "OTHER", "FATAL")
"""What clients make of being refused at the door: few keep the server's own name of it."""
USED = ["produce", "consume", "groups"]


def served(world: World) -> None:
    """Send, read alone, and read as a member of a group."""
    topic = world.topic(partitions=2)
    records = [Record(b"%d" % number, key=b"%d" % number) for number in range(10)]
    world.client.send(topic, records)
    same(sorted(each.value or b"" for each in world.client.read(topic, count=10)), [b"%d" % each for each in range(10)])
    member = world.another().consumer(group=world.name("group"))
    member.subscribe(topic)
    gather([member], lambda gathered: len(gathered.records) >= 10)
    member.commit()


def turned_away(world: World, **security: str) -> None:
    """State that with these credentials nothing can be sent, and that nothing was."""
    topic = world.topic()
    try:
        sent = world.another(**security).producer(delivery_timeout_ms=5000).send_each(topic, [Record(b"v")])
    except ClientError as error:
        holds(error.name in TURNED_AWAY, f"refused with {error}")
    else:
        holds(isinstance(sent[0], ClientError), "the record was taken")
    same(set(world.ends(topic).values()), {0})


@scenario(needs=[*USED, "sasl-plain"], security="sasl_plain", feature="security", picky=[23], seconds=60)
def plain_lets_in_who_knows_the_password(world: World) -> None:
    """With SASL PLAIN a client with the right password is served as on any listener."""
    served(world)


@scenario(needs=["produce", "sasl-plain"], security="sasl_plain", feature="security", picky=[23], seconds=60)
def plain_turns_away_a_wrong_password(world: World) -> None:
    """With SASL PLAIN a client with a wrong password is told so, or gives up, and nothing is written."""
    turned_away(world, password="wrong")  # noqa: S106 - it opens nothing


@scenario(needs=[*USED, "sasl-scram"], security="sasl_scram_256", feature="security", picky=[23], seconds=60)
def scram_256_lets_in_who_knows_the_password(world: World) -> None:
    """With SCRAM-SHA-256 a user that an administrator made is served."""
    served(world)


@scenario(needs=[*USED, "sasl-scram"], security="sasl_scram_512", feature="security", picky=[23], seconds=60)
def scram_512_lets_in_who_knows_the_password(world: World) -> None:
    """With SCRAM-SHA-512 a user that an administrator made is served."""
    served(world)


@scenario(needs=["produce", "sasl-scram"], security="sasl_scram_256", feature="security", picky=[23], seconds=60)
def scram_turns_away_a_wrong_password(world: World) -> None:
    """With SCRAM a wrong password is refused."""
    turned_away(world, password="wrong")  # noqa: S106 - it opens nothing


@scenario(needs=["produce", "sasl-scram"], security="sasl_scram_256", feature="security", picky=[23], seconds=60)
def scram_turns_away_who_is_unknown(world: World) -> None:
    """With SCRAM a user that nobody made is refused like one with a wrong password."""
    turned_away(world, username="mallory")


@scenario(needs=[*USED, "oauthbearer"], security="oauthbearer", feature="security", picky=[23], seconds=60)
def a_token_lets_in(world: World) -> None:
    """With OAUTHBEARER a client with a token that the server's validator takes is served."""
    served(world)


@scenario(needs=["produce", "oauthbearer"], security="oauthbearer", feature="security", picky=[23], seconds=60)
def a_token_that_is_none_does_not(world: World) -> None:
    """With OAUTHBEARER a token that the validator does not take is refused."""
    turned_away(world, token="e30.e30.")  # noqa: S106 - nor does this


@scenario(needs=[*USED, "tls"], security="tls", feature="security", seconds=60)
def tls_serves_who_trusts_the_authority(world: World) -> None:
    """Over TLS a client that trusts the server's authority is served."""
    served(world)


@scenario(needs=[*USED, "tls"], security="mutual_tls", feature="security", seconds=60)
def tls_serves_who_has_a_certificate(world: World) -> None:
    """Where certificates of clients are required, one that the authority signed lets in."""
    served(world)


@scenario(needs=[*USED, "tls", "sasl-plain"], security="sasl_over_tls", feature="security", picky=[23], seconds=60)
def plain_over_tls(world: World) -> None:
    """SASL PLAIN over TLS works as over plain connections."""
    served(world)


@scenario(needs=["produce", "sasl-plain"], security="acls", feature="acls", seconds=60)
def who_may_not_write_cannot(world: World) -> None:
    """Without an ACL that allows it, writing to a topic is refused, and nothing is written."""
    topic = world.topic()
    names = {"TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED", "UNKNOWN_TOPIC_OR_PARTITION", *TURNED_AWAY}
    try:
        [sent] = world.client.producer(delivery_timeout_ms=5000).send_each(topic, [Record(b"v")])
    except ClientError as error:
        sent = error
    holds(isinstance(sent, ClientError) and sent.name in names, f"the record: {sent}")
    same(set(world.ends(topic).values()), {0})


@scenario(needs=["produce", "consume", "sasl-plain"], security="acls", feature="acls", seconds=60)
def who_was_allowed_reads_and_writes(world: World) -> None:
    """With ACLs that allow reading and writing a topic, both work."""
    topic = world.topic()
    world.allow("alice", "READ", "WRITE", topic=topic)
    world.allow("alice", "READ", group="*")  # some clients look for a coordinator though they have no use for one
    world.client.send(topic, [Record(b"v")])
    [got] = world.client.read(topic, count=1)
    same(got.value, b"v")


@scenario(needs=["admin.describe-acls", "admin.describe-acls-errors"], feature="acls", rules=["3"])
def without_an_authorizer_there_are_no_acls(world: World) -> None:
    """Where no authorizer is set up, the rules of access are SECURITY_DISABLED."""
    with world.errors("SECURITY_DISABLED"):
        world.client.admin("describe-acls", acls=[{}])
