package main

import (
	"context"
	"slices"
	"strings"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

func (admin *admin) listGroups(ctx context.Context, _ struct{}) (session.Answer, error) {
	answer, err := admin.ListGroups(ctx, &kafka.ListGroupsRequest{})
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(answer.Groups, func(left, right kafka.ListGroupsResponseGroup) int {
		return strings.Compare(left.GroupID, right.GroupID)
	})
	groups := []any{}
	for _, each := range answer.Groups {
		groups = append(groups, map[string]any{"group": each.GroupID, "protocol_type": each.ProtocolType})
	}
	return session.Answer{"groups": groups}, nil
}

func (admin *admin) describeGroups(ctx context.Context, asked struct{ Groups []string }) (session.Answer, error) {
	described := map[string]any{}
	for _, name := range asked.Groups { // one by one, since each may have a coordinator of its own
		answer, err := admin.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{name}})
		if err != nil {
			described[name] = names.Item(err)
			continue
		}
		for _, group := range answer.Groups {
			members := []any{}
			for _, each := range group.Members {
				members = append(members, membership(each))
			}
			about := map[string]any{"state": group.GroupState, "members": members}
			described[group.GroupID] = names.Or(group.Error, about)
		}
	}
	return session.Answer{"results": described}, nil
}

func membership(found kafka.DescribeGroupsResponseMember) map[string]any {
	owned := map[session.Partition]struct{}{}
	for _, topic := range found.MemberAssignments.Topics {
		for _, partition := range topic.Partitions {
			owned[place(topic.Topic, partition)] = struct{}{}
		}
	}
	return map[string]any{
		"member_id": found.MemberID, "client_id": found.ClientID, "host": found.ClientHost,
		"partitions": session.Sorted(owned),
	}
}

func (admin *admin) deleteGroups(ctx context.Context, asked struct{ Groups []string }) (session.Answer, error) {
	deleted := map[string]error{}
	for _, name := range asked.Groups {
		answer, err := admin.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{name}})
		if err == nil {
			err = answer.Errors[name]
		}
		deleted[name] = err
	}
	return results(deleted), nil
}

func (admin *admin) removeMembers(ctx context.Context, asked struct {
	Group     string
	Instances []string
}) (session.Answer, error) {
	if asked.Instances == nil {
		return nil, session.Unsupported("members without instances")
	}
	request := &kafka.LeaveGroupRequest{GroupID: asked.Group}
	for _, instance := range asked.Instances {
		request.Members = append(request.Members, kafka.LeaveGroupRequestMember{GroupInstanceID: instance})
	}
	answer, err := admin.LeaveGroup(ctx, request)
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, err
	}
	removed := map[string]error{}
	for _, each := range answer.Members {
		removed[each.GroupInstanceID] = each.Error
	}
	return results(removed), nil
}

func (admin *admin) listGroupOffsets(ctx context.Context, asked struct {
	Group      string
	Partitions []session.Partition
}) (session.Answer, error) {
	return committed(ctx, admin.Client, asked.Group, asked.Partitions)
}

func (admin *admin) alterGroupOffsets(ctx context.Context, asked struct {
	Group   string
	Offsets []session.Offset
}) (session.Answer, error) {
	commit := &kafka.OffsetCommitRequest{
		GroupID: asked.Group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{},
	}
	for _, offset := range asked.Offsets {
		each := kafka.OffsetCommit{Partition: int(offset.Partition.Partition), Offset: offset.Offset}
		commit.Topics[offset.Topic] = append(commit.Topics[offset.Topic], each)
	}
	answer, err := commitOffsets(ctx, admin.Client, commit)
	if err != nil {
		return nil, err
	}
	altered := map[session.Partition]any{}
	for partition, err := range answer {
		altered[partition] = names.Item(err)
	}
	return session.Answer{"partitions": rows(altered)}, nil
}

func (admin *admin) deleteGroupOffsets(ctx context.Context, asked struct {
	Group      string
	Partitions []session.Partition
}) (session.Answer, error) {
	request := &kafka.OffsetDeleteRequest{GroupID: asked.Group, Topics: byTopic(asked.Partitions)}
	answer, err := admin.OffsetDelete(ctx, request)
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, err
	}
	deleted := map[session.Partition]any{}
	for topic, partitions := range answer.Topics {
		for _, each := range partitions {
			deleted[place(topic, each.Partition)] = names.Item(each.Error)
		}
	}
	return session.Answer{"partitions": rows(deleted)}, nil
}
