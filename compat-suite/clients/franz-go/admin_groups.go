package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// listGroups asks itself: kadm does not tell the types of groups.
func (admin *admin) listGroups(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ States, Types []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	list := kmsg.NewPtrListGroupsRequest()
	list.StatesFilter, list.TypesFilter = asked.States, asked.Types
	groups := []map[string]any{}
	for _, shard := range admin.RequestSharded(ctx, list) {
		if shard.Err != nil {
			return nil, orTimedOut(ctx, shard.Err)
		}
		answer := shard.Resp.(*kmsg.ListGroupsResponse)
		if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
			return nil, err
		}
		for _, each := range answer.Groups {
			groups = append(groups, map[string]any{
				"group": each.Group, "protocol_type": each.ProtocolType, "state": each.GroupState,
				"type": strings.ToLower(each.GroupType),
			})
		}
	}
	slices.SortFunc(groups, func(left, right map[string]any) int {
		return strings.Compare(left["group"].(string), right["group"].(string))
	})
	return session.Answer{"groups": groups}, nil
}

func (admin *admin) describeGroups(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Groups []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	described := map[string]any{}
	for _, group := range asked.Groups {
		about, err := admin.describeGroup(ctx, group)
		described[group] = names.Or(orTimedOut(ctx, err), about)
	}
	return results(described), nil
}

// describeGroup asks for each type of group in turn, since each has its own request.
func (admin *admin) describeGroup(ctx context.Context, group string) (any, error) {
	about, err := admin.describeConsumerGroup(ctx, group)
	// A server that does not know a type of groups has none of them.
	if errors.Is(err, kerr.GroupIDNotFound) || err != nil && names.Of(err).Name == session.NotSupported {
		about, err = admin.describeClassicGroup(ctx, group)
	}
	if !errors.Is(err, kerr.GroupIDNotFound) {
		return about, err
	}
	if about, shareErr := admin.describeShareGroup(ctx, group); shareErr == nil {
		return about, nil
	}
	return nil, err
}

func (admin *admin) describeConsumerGroup(ctx context.Context, name string) (any, error) {
	groups, err := admin.kadm.DescribeConsumerGroups(ctx, name)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	group := groups[name]
	if group.Err != nil {
		return nil, group.Err
	}
	members := []any{}
	for _, each := range group.Members {
		members = append(members, member(each.MemberID, each.ClientID, each.InstanceID, each.ClientHost, each.Assignment))
	}
	return map[string]any{
		"state": group.State, "type": "consumer", "protocol": group.AssignorName, "protocol_type": "consumer",
		"coordinator": group.Coordinator.NodeID, "members": members,
	}, nil
}

func (admin *admin) describeClassicGroup(ctx context.Context, name string) (any, error) {
	groups, err := admin.kadm.DescribeGroups(ctx, name)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	group := groups[name]
	if group.Err != nil {
		return nil, group.Err
	}
	members := []any{}
	for _, each := range group.Members {
		owned := kadm.TopicsSet{}
		if assigned, isConsumer := each.Assigned.AsConsumer(); isConsumer {
			for _, topic := range assigned.Topics {
				owned.Add(topic.Topic, topic.Partitions...)
			}
		}
		members = append(members, member(each.MemberID, each.ClientID, each.InstanceID, each.ClientHost, owned))
	}
	return map[string]any{
		"state": group.State, "type": "classic", "protocol": group.Protocol, "protocol_type": group.ProtocolType,
		"coordinator": group.Coordinator.NodeID, "members": members,
	}, nil
}

func (admin *admin) describeShareGroup(ctx context.Context, name string) (any, error) {
	groups, err := admin.kadm.DescribeShareGroups(ctx, name)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	group := groups[name]
	if group.Err != nil {
		return nil, group.Err
	}
	members := []any{}
	for _, each := range group.Members {
		members = append(members, member(each.MemberID, each.ClientID, nil, each.ClientHost, each.Assignment))
	}
	return map[string]any{
		"state": group.GroupState, "type": "share", "protocol": group.Assignor, "protocol_type": "share",
		"coordinator": group.Coordinator.NodeID, "members": members,
	}, nil
}

func member(id, client string, instance *string, host string, owned kadm.TopicsSet) map[string]any {
	return map[string]any{
		"member_id": id, "client_id": client, "instance": instance, "host": host, "partitions": fromSet(owned),
	}
}

func (admin *admin) deleteGroups(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Groups []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	answer, err := admin.kadm.DeleteGroups(ctx, asked.Groups...)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	deleted := map[string]any{}
	for name, group := range answer {
		deleted[name] = names.Item(explained(group.Err, group.ErrMessage))
	}
	return results(deleted), nil
}

func (admin *admin) removeMembers(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct {
		Group     string
		Instances []string
	}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if asked.Instances == nil {
		return admin.removeAllMembers(ctx, asked.Group)
	}
	answer, err := admin.kadm.LeaveGroup(ctx, kadm.LeaveGroup(asked.Group).InstanceIDs(asked.Instances...))
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	removed := map[string]any{}
	for instance, each := range answer {
		removed[instance] = names.Item(each.Err)
	}
	return results(removed), nil
}

// removeAllMembers names them by their member ids, which kadm does not do.
func (admin *admin) removeAllMembers(ctx context.Context, name string) (session.Answer, error) {
	groups, err := admin.kadm.DescribeGroups(ctx, name)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	leave := kmsg.NewPtrLeaveGroupRequest()
	leave.Group = name
	for _, each := range groups[name].Members {
		leave.Members = append(leave.Members, kmsg.LeaveGroupRequestMember{MemberID: each.MemberID})
	}
	answer, err := leave.RequestWith(ctx, admin.Client)
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	removed := map[string]any{}
	for _, each := range answer.Members {
		removed[each.MemberID] = names.Item(kerr.ErrorForCode(each.ErrorCode))
	}
	return results(removed), nil
}

func (admin *admin) listGroupOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct {
		Group      string
		Partitions []session.Partition
	}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	return admin.committed(ctx, asked.Group, asked.Partitions)
}

// committed tells a group's offsets: those of all its partitions when none are named.
func (admin *admin) committed(ctx context.Context, group string, partitions []session.Partition) (session.Answer, error) {
	found, err := admin.fetchOffsets(ctx, group)
	if err != nil {
		return nil, err
	}
	if partitions == nil {
		partitions = fromSet(found.Partitions())
	}
	offsets := []any{}
	for _, partition := range partitions {
		offset, known := found.Lookup(partition.Topic, partition.Partition)
		switch {
		case !known:
			offsets = append(offsets, partition.With(nil))
		case offset.Err != nil:
			offsets = append(offsets, partition.With(names.Item(offset.Err)))
		default:
			offsets = append(offsets, partition.With(offset.At, offset.Metadata))
		}
	}
	return session.Answer{"offsets": offsets}, nil
}

func (admin *admin) fetchOffsets(ctx context.Context, group string) (found kadm.OffsetResponses, err error) {
	err = patiently(ctx, func() error {
		found, err = admin.kadm.FetchOffsets(ctx, group)
		return err
	})
	return found, err
}

// commit is of a consumer that reads what it was told, and so is no member.
func (admin *admin) commit(
	ctx context.Context, group string, offsets map[session.Partition]kgo.EpochOffset, metadata *string,
) error {
	commits := kadm.Offsets{}
	for partition, offset := range offsets {
		each := kadm.Offset{
			Topic: partition.Topic, Partition: partition.Partition, At: offset.Offset, LeaderEpoch: offset.Epoch,
		}
		if metadata != nil {
			each.Metadata = *metadata
		}
		commits.Add(each)
	}
	return patiently(ctx, func() error { return admin.kadm.CommitAllOffsets(ctx, group, commits) })
}

func (admin *admin) alterGroupOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct {
		Group   string
		Offsets []session.Offset
	}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	commits := kadm.Offsets{}
	for _, offset := range asked.Offsets {
		commits.AddOffset(offset.Topic, offset.Partition.Partition, offset.Offset, -1)
	}
	var answer kadm.OffsetResponses
	err := patiently(ctx, func() (err error) {
		answer, err = admin.kadm.CommitOffsets(ctx, asked.Group, commits)
		return err
	})
	if err != nil {
		return nil, err
	}
	altered := map[session.Partition]any{}
	for _, each := range answer.Sorted() {
		altered[session.Partition{Topic: each.Topic, Partition: each.Partition}] = names.Item(each.Err)
	}
	return session.Answer{"partitions": rows(altered)}, nil
}

func (admin *admin) deleteGroupOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct {
		Group      string
		Partitions []session.Partition
	}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	answer, err := admin.kadm.DeleteOffsets(ctx, asked.Group, setOf(asked.Partitions))
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	deleted := map[session.Partition]any{}
	for topic, partitions := range answer {
		for partition, err := range partitions {
			deleted[session.Partition{Topic: topic, Partition: partition}] = names.Item(err)
		}
	}
	return session.Answer{"partitions": rows(deleted)}, nil
}
