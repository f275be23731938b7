"""Bugs of what administrators ask for: settings, records, groups."""

from __future__ import annotations

from typing import Any, Final

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.alter_configs import AlterableConfig, AlterConfigsRequest
from kafkacompat.wire.messages.delete_records import (
    DeleteRecordsPartitionResult,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteRecordsTopicResult,
)
from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest
from kafkacompat.wire.messages.incremental_alter_configs import (
    AlterConfigsResourceResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from seeded.bug import Call, bug

SET: Final = 0
APPEND: Final = 2


@bug(
    IncrementalAlterConfigsRequest,
    DescribeConfigsRequest,
    caught_by="administration/a_changed_setting_takes_effect",
)
async def changes_have_no_effect(call: Call) -> Any:
    """A changed setting is told to whoever asks, and the server goes on by the former one."""
    if isinstance(call.request, IncrementalAlterConfigsRequest):
        told = []
        for one in call.request.resources:
            resource = one.resource_type, one.resource_name
            call.memory.setdefault(resource, {}).update({each.name: each.value for each in one.configs})
            told.append(AlterConfigsResourceResponse(resource_type=resource[0], resource_name=resource[1]))
        return IncrementalAlterConfigsResponse(responses=told)
    answer = await call.proceed()
    for one in answer.results:
        for each in one.configs:
            each.value = call.memory.get((one.resource_type, one.resource_name), {}).get(each.name, each.value)
    return answer


@bug(IncrementalAlterConfigsRequest, caught_by="administration/lists_are_added_to_and_taken_from")
async def adding_is_setting(call: Call) -> Any:
    """An entry that is added to a list takes the place of all that were there."""
    for resource in call.request.resources:
        for each in resource.configs:
            if each.config_operation == APPEND:
                each.config_operation = SET
    return await call.proceed()


@bug(AlterConfigsRequest, caught_by="administration/a_topics_settings_are_replaced")
async def replacing_leaves_the_others(call: Call) -> Any:
    """The older call that replaces all settings of a topic leaves those that it does not name as they were."""
    for resource in call.request.resources:
        named = {each.name for each in resource.configs}
        had = call.cluster.metadata.configs(resource.resource_type, resource.resource_name)
        resource.configs += [AlterableConfig(name=name, value=had[name]) for name in had if name not in named]
    return await call.proceed()


@bug(DeleteRecordsRequest, caught_by="administration/records_are_deleted", client="kafka-python")
async def records_are_left(call: Call) -> Any:
    """Records before an offset are told to be deleted, and are left."""
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=topic.name,
                partitions=[
                    DeleteRecordsPartitionResult(
                        partition_index=part.partition_index, low_watermark=part.offset, error_code=ErrorCode.NONE
                    )
                    for part in topic.partitions
                ],
            )
            for topic in call.request.topics
        ]
    )


@bug(ListGroupsRequest, caught_by="administration/groups_are_listed")
async def groups_without_members_are_not_listed(call: Call) -> Any:
    """The list of groups leaves out those that have offsets and no members."""
    answer = await call.proceed()
    answer.groups = [group for group in answer.groups if group.group_state != "Empty"]
    return answer
