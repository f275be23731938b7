"""kafka-python's administrator: every call of it that the contract names."""

from admin_access import Access
from admin_cluster import Cluster
from admin_configs import Configs
from admin_groups import Groups
from admin_offsets import Offsets
from admin_topics import Topics
from admin_transactions import Transactions
from connecting import options
from kafka.admin import KafkaAdminClient
from session import translated


class Administrator(Topics, Configs, Groups, Offsets, Cluster, Transactions, Access):
    def __init__(self, start, settings):
        self._client = KafkaAdminClient(**options(start), **translated(settings, {}))

    def close(self, how):
        self._client.close()


def offsets_at(start, partitions, at):
    """Offsets by an administrator of this moment, for a consumer that has no such call."""
    administrator = Administrator(start, None)
    try:
        return administrator.list_offsets(partitions, at)
    finally:
        administrator.close("leave")
