"""Groups and the offsets they have committed."""

from failures import item_of_class, item_of_text
from kafka import TopicPartition
from kafka.admin import MemberToRemove
from kafka.structs import OffsetAndMetadata
from session import offset_list


class Groups:
    def list_groups(self, states=None, types=None):
        found = self._client.list_groups(states_filter=states, types_filter=types)
        return {"groups": sorted((listing(each) for each in found), key=lambda each: each["group"])}

    def describe_groups(self, groups):
        found = self._client.describe_groups(groups)
        return {"results": {name: item_of_text(each["error"]) or described(each) for name, each in found.items()}}

    def delete_groups(self, groups):
        return {"results": {name: item_of_text(text) for name, text in self._client.delete_groups(groups).items()}}

    def remove_members(self, group, instances=None):
        if instances is None:
            members = self._client.describe_groups([group])[group]["members"]
            leaving = [MemberToRemove(member_id=each["member_id"]) for each in members]
        else:
            leaving = [MemberToRemove(group_instance_id=each) for each in instances]
        removed = self._client.remove_group_members(group, leaving)
        return {"results": {name: item_of_class(error) for name, error in removed.items()}}

    def list_group_offsets(self, group, partitions=None):
        wanted = None if partitions is None else [TopicPartition(*each) for each in partitions]
        found = self._client.list_group_offsets({group: wanted})[group]
        return {"offsets": offset_list({place: committed(each) for place, each in found.items()})}

    def alter_group_offsets(self, group, offsets):
        wanted = {
            TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1) for topic, partition, offset in offsets
        }
        altered = self._client.alter_group_offsets(group, wanted)
        return {"partitions": offset_list({place: item_of_class(error) for place, error in altered.items()})}

    def delete_group_offsets(self, group, partitions):
        deleted = self._client.delete_group_offsets(group, [TopicPartition(*each) for each in partitions])
        return {"partitions": offset_list({place: item_of_class(error) for place, error in deleted.items()})}


def committed(found):
    return None if found.offset < 0 else (found.offset, found.metadata)


def listing(group):
    shown = {"group": group["group_id"], "protocol_type": group["protocol_type"]}
    return shown | {"state": group.get("group_state"), "type": (group.get("group_type") or "").lower()}


def described(group):
    return {
        "state": group["group_state"],
        "protocol": group["protocol_data"],
        "protocol_type": group["protocol_type"],
        "members": [member(each) for each in group["members"]],
    }


def member(found):
    assignment = found["member_assignment"]
    topics = assignment["assigned_partitions"] if isinstance(assignment, dict) else []
    return {
        "member_id": found["member_id"],
        "client_id": found["client_id"],
        "instance": found["group_instance_id"],
        "host": found["client_host"],
        "partitions": sorted([each["topic"], partition] for each in topics for partition in each["partitions"]),
    }
