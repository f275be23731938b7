"""librdkafka's administrator: every call of it that the contract names."""

from admin_access import Access
from admin_cluster import Cluster
from admin_configs import Configs
from admin_groups import Groups
from admin_offsets import Offsets
from admin_topics import Topics
from confluent_kafka.admin import AdminClient
from connecting import options
from session import translated


class Administrator(Topics, Configs, Groups, Offsets, Cluster, Access):
    def __init__(self, start, settings):
        self._client = AdminClient(options(start) | {"socket.timeout.ms": 15_000} | translated(settings, {}))

    def close(self, how):
        self._client = None


def offsets_at(start, partitions, at):
    """Offsets by an administrator of this moment, for a consumer that has no such call."""
    return Administrator(start, None).list_offsets(partitions, at)
