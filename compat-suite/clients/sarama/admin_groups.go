package main

import (
	"slices"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

func listGroups(admin sarama.ClusterAdmin, _ struct{}) (session.Answer, error) {
	found, err := admin.ListConsumerGroups()
	if err != nil {
		return nil, err
	}
	groups := []string{}
	for name := range found {
		groups = append(groups, name)
	}
	slices.Sort(groups)
	listed := []any{}
	for _, name := range groups {
		listed = append(listed, map[string]any{"group": name, "protocol_type": found[name]})
	}
	return session.Answer{"groups": listed}, nil
}

func describeGroups(admin sarama.ClusterAdmin, asked struct{ Groups []string }) (session.Answer, error) {
	groups, err := admin.DescribeConsumerGroups(asked.Groups)
	if err != nil {
		return nil, err
	}
	described := map[string]any{}
	for _, group := range groups {
		members := []any{}
		for _, each := range group.Members {
			member, err := membership(each)
			if err != nil {
				return nil, err
			}
			members = append(members, member)
		}
		described[group.GroupId] = names.Or(none(group.Err), map[string]any{
			"state": group.State, "protocol": group.Protocol, "protocol_type": group.ProtocolType, "members": members,
		})
	}
	return session.Answer{"results": described}, nil
}

func membership(described *sarama.GroupMemberDescription) (map[string]any, error) {
	assigned, err := described.GetMemberAssignment()
	if err != nil {
		return nil, err
	}
	owned := map[session.Partition]struct{}{}
	if assigned != nil {
		for topic, partitions := range assigned.Topics {
			for _, partition := range partitions {
				owned[session.Partition{Topic: topic, Partition: partition}] = struct{}{}
			}
		}
	}
	return map[string]any{
		"member_id": described.MemberId, "client_id": described.ClientId, "instance": described.GroupInstanceId,
		"host": described.ClientHost, "partitions": session.Sorted(owned),
	}, nil
}

func deleteGroups(admin sarama.ClusterAdmin, asked struct{ Groups []string }) (session.Answer, error) {
	return each(asked.Groups, itself, admin.DeleteConsumerGroup), nil
}

func removeMembers(admin sarama.ClusterAdmin, asked struct {
	Group     string
	Instances []string
}) (session.Answer, error) {
	if asked.Instances == nil {
		return nil, session.Unsupported("members without instances")
	}
	answer, err := admin.RemoveMemberFromConsumerGroup(asked.Group, asked.Instances)
	if err != nil {
		return nil, err
	}
	if err := none(answer.Err); err != nil {
		return nil, err
	}
	results := map[string]any{}
	for _, member := range answer.Members {
		if member.GroupInstanceId != nil {
			results[*member.GroupInstanceId] = names.Item(none(member.Err))
		}
	}
	return session.Answer{"results": results}, nil
}

func listGroupOffsets(admin sarama.ClusterAdmin, asked struct {
	Group      string
	Partitions []session.Partition
}) (session.Answer, error) {
	var wanted map[string][]int32 // nil: all
	if asked.Partitions != nil {
		wanted = byTopic(asked.Partitions)
	}
	answer, err := admin.ListConsumerGroupOffsets(asked.Group, wanted)
	if err != nil {
		return nil, err
	}
	if err := none(answer.Err); err != nil {
		return nil, err
	}
	found := map[session.Partition][]any{}
	for topic, blocks := range answer.Blocks {
		for number, block := range blocks {
			partition := session.Partition{Topic: topic, Partition: number}
			switch {
			case none(block.Err) != nil:
				found[partition] = partition.With(names.Item(block.Err))
			case block.Offset < 0:
				found[partition] = partition.With(nil)
			default:
				found[partition] = partition.With(block.Offset, block.Metadata)
			}
		}
	}
	offsets := []any{}
	for _, partition := range session.Sorted(found) {
		offsets = append(offsets, found[partition])
	}
	return session.Answer{"offsets": offsets}, nil
}

func alterGroupOffsets(admin sarama.ClusterAdmin, asked struct {
	Group   string
	Offsets []session.Offset
}) (session.Answer, error) {
	wanted := map[string]map[int32]sarama.OffsetAndMetadata{}
	for _, offset := range asked.Offsets {
		if wanted[offset.Topic] == nil {
			wanted[offset.Topic] = map[int32]sarama.OffsetAndMetadata{}
		}
		to := sarama.OffsetAndMetadata{Offset: offset.Offset, LeaderEpoch: -1}
		wanted[offset.Topic][offset.Partition.Partition] = to
	}
	answer, err := admin.AlterConsumerGroupOffsets(asked.Group, wanted, nil)
	if err != nil {
		return nil, err
	}
	altered := map[session.Partition]any{}
	for topic, partitions := range answer.Errors {
		for partition, code := range partitions {
			altered[session.Partition{Topic: topic, Partition: partition}] = names.Item(none(code))
		}
	}
	return session.Answer{"partitions": rows(altered)}, nil
}

func deleteGroupOffsets(admin sarama.ClusterAdmin, asked struct {
	Group      string
	Partitions []session.Partition
}) (session.Answer, error) {
	deleted := map[session.Partition]any{}
	for _, partition := range asked.Partitions {
		err := admin.DeleteConsumerGroupOffset(asked.Group, partition.Topic, partition.Partition)
		deleted[partition] = names.Item(none(err))
	}
	return session.Answer{"partitions": rows(deleted)}, nil
}
