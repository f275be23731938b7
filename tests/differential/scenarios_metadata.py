"""What clients are told of topics and brokers: Metadata, DescribeTopicPartitions, DescribeCluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.describe_cluster import DescribeClusterRequest
from kafkacompat.wire.messages.describe_topic_partitions import Cursor, DescribeTopicPartitionsRequest
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkacompat.wire.uuids import METADATA_TOPIC_ID
from tests.differential.requests import describe_topic_partitions, metadata
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer

BAD_NAMES = ("", ".", "..", "a b", "a/b", "x" * 250, "\u00e9", "a:b", "\0")


@scenario(MetadataRequest)
def metadata_of_topics(peer: Peer, version: int) -> None:
    one, many = peer.topic(), peer.topic(partitions=3)
    peer.ask(metadata(version, one, many), version)
    peer.ask(metadata(version, many, one, many), version, "one twice")


@scenario(MetadataRequest)
def metadata_of_all_topics(peer: Peer, version: int) -> None:
    peer.topic()
    peer.topic(partitions=2)
    everything = MetadataRequest(topics=None if version else [])
    peer.ask_for_mine(everything, version, "topics", "name")


@scenario(MetadataRequest, since=1)
def metadata_of_no_topics(peer: Peer, version: int) -> None:
    peer.ask(metadata(version), version)


@scenario(MetadataRequest, since=4)
def metadata_of_unknown_topics(peer: Peer, version: int) -> None:
    known = peer.topic()
    peer.ask(metadata(version, peer.name("missing"), known), version)
    for name in BAD_NAMES:
        peer.ask(metadata(version, name), version, repr(name))


@scenario(MetadataRequest)
def metadata_that_makes_topics(peer: Peer, version: int) -> None:
    name = peer.name("made")
    peer.ask(metadata(version, name, auto_create=True), version, "first")
    peer.await_topic(name)
    peer.ask(metadata(version, name, auto_create=True), version, "later")


@scenario(MetadataRequest)
def metadata_that_cannot_make_topics(peer: Peer, version: int) -> None:
    for name in BAD_NAMES:
        peer.ask(metadata(version, name, auto_create=True), version, repr(name))


@scenario(MetadataRequest)
def metadata_that_would_make_a_colliding_topic(peer: Peer, version: int) -> None:
    known = peer.topic(name=peer.name("a") + ".b")
    peer.ask(metadata(version, known.name.replace(".", "_"), auto_create=True), version)


@scenario(MetadataRequest)
def metadata_of_internal_topics(peer: Peer, version: int) -> None:
    peer.ask(metadata(version, "__consumer_offsets"), version)
    peer.ask(metadata(version, "__cluster_metadata"), version)


@scenario(MetadataRequest, since=10)
def metadata_by_id(peer: Peer, version: int) -> None:
    one, two = peer.topic(), peer.topic()
    ids = {
        "known": [MetadataRequestTopic(topic_id=one.topic_id, name=None)],
        "unknown": [MetadataRequestTopic(topic_id=b"\x11" * 16, name=None)],
        "the metadata log": [MetadataRequestTopic(topic_id=METADATA_TOPIC_ID, name=None)],
        "twice": [MetadataRequestTopic(topic_id=one.topic_id, name=None)] * 2,
        "neither": [MetadataRequestTopic(name=None)],
        "both": [MetadataRequestTopic(topic_id=one.topic_id, name=one.name)],
        "both, different": [MetadataRequestTopic(topic_id=one.topic_id, name=two.name)],
        "a name and an id": [
            MetadataRequestTopic(topic_id=one.topic_id, name=None),
            MetadataRequestTopic(name=two.name),
        ],
        "known and unknown": [
            MetadataRequestTopic(topic_id=b"\x11" * 16, name=None),
            MetadataRequestTopic(topic_id=two.topic_id, name=None),
        ],
    }
    for note, topics in ids.items():
        peer.ask(MetadataRequest(topics=topics), version, note)


@scenario(MetadataRequest, since=8)
def metadata_with_operations(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.ask(metadata(version, topic, include_topic_authorized_operations=True), version)
    peer.ask(metadata(version, peer.name("missing"), include_topic_authorized_operations=True), version)
    if version <= 10:
        peer.ask(metadata(version, include_cluster_authorized_operations=True), version)


@scenario(DescribeTopicPartitionsRequest)
def partitions_of_topics(peer: Peer, version: int) -> None:
    one, many = peer.topic(), peer.topic(partitions=4)
    missing = peer.name("missing")
    peer.ask(describe_topic_partitions(one.name, many.name), version)
    peer.ask(describe_topic_partitions(many.name, one.name, many.name), version, "unordered, one twice")
    peer.ask(describe_topic_partitions(missing, one.name), version, "one missing")
    for name in BAD_NAMES:
        peer.ask(describe_topic_partitions(name), version, repr(name))
    peer.ask(describe_topic_partitions("__consumer_offsets", limit=1), version, "internal")


@scenario(DescribeTopicPartitionsRequest)
def partitions_by_pages(peer: Peer, version: int) -> None:
    one, many = peer.topic(), peer.topic(partitions=4)
    both = (one.name, many.name)
    for limit in (1, 2, 3, 5, 6, 0, -1, 1 << 30):
        peer.ask(describe_topic_partitions(*both, limit=limit), version, f"limit {limit}")
    cursors = {
        "first": (one.name, 0),
        "second": (many.name, 0),
        "within": (many.name, 2),
        "at the end": (many.name, 4),
        "behind the end": (many.name, 9),
        "negative": (many.name, -1),
        "between": (one.name + "-", 0),
        "before all": ("", 0),
        "behind all": ("zzzz", 0),
    }
    for note, (name, index) in cursors.items():
        cursor = Cursor(topic_name=name, partition_index=index)
        peer.ask(describe_topic_partitions(*both, limit=2, cursor=cursor), version, note)
    cursor = Cursor(topic_name=many.name, partition_index=1)
    peer.ask(describe_topic_partitions(peer.name("missing"), *both, cursor=cursor), version, "missing, before")
    peer.ask(describe_topic_partitions(*both, peer.name("zmissing"), cursor=cursor), version, "missing, behind")


@scenario(DescribeClusterRequest)
def the_cluster(peer: Peer, version: int) -> None:
    for operations in (False, True):
        peer.ask(DescribeClusterRequest(include_cluster_authorized_operations=operations), version)


@scenario(DescribeClusterRequest, since=1)
def the_cluster_of_other_endpoints(peer: Peer, version: int) -> None:
    for kind in (0, 1, 2, 3, -1, 127):
        request = DescribeClusterRequest(include_cluster_authorized_operations=False, endpoint_type=kind)
        peer.ask(request, version, f"endpoint type {kind}")


@scenario(DescribeClusterRequest, since=2)
def the_cluster_with_fenced_brokers(peer: Peer, version: int) -> None:
    request = DescribeClusterRequest(include_cluster_authorized_operations=False, include_fenced_brokers=True)
    peer.ask(request, version)
