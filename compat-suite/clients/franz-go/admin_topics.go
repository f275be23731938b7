package main

import (
	"context"
	"encoding/base64"
	"slices"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func (admin *admin) createTopics(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.CreatingTopics
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	create := kmsg.NewPtrCreateTopicsRequest()
	create.ValidateOnly, create.TimeoutMillis = asked.ValidateOnly, 15000
	for _, wanted := range asked.Topics {
		create.Topics = append(create.Topics, newTopic(wanted))
	}
	answer, err := create.RequestWith(ctx, admin.Client)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	created := map[string]any{}
	for _, topic := range answer.Topics {
		created[topic.Topic] = names.Item(coded(topic.ErrorCode, topic.ErrorMessage))
	}
	return results(created), nil
}

func newTopic(wanted session.NewTopic) kmsg.CreateTopicsRequestTopic {
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = wanted.Name, wanted.Count(), wanted.Factor()
	for name, value := range wanted.Configs {
		config := kmsg.NewCreateTopicsRequestTopicConfig()
		config.Name, config.Value = name, value
		topic.Configs = append(topic.Configs, config)
	}
	for number, replicas := range wanted.Assignments {
		assignment := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		assignment.Partition, assignment.Replicas = int32(number), replicas
		topic.ReplicaAssignment = append(topic.ReplicaAssignment, assignment)
	}
	return topic
}

func (admin *admin) deleteTopics(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Topics []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	answer, err := admin.kadm.DeleteTopics(ctx, asked.Topics...)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	deleted := map[string]any{}
	for name, topic := range answer {
		deleted[name] = names.Item(explained(topic.Err, topic.ErrMessage))
	}
	return results(deleted), nil
}

func (admin *admin) listTopics(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Internal bool }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	list := admin.kadm.ListTopics
	if asked.Internal {
		list = admin.kadm.ListTopicsWithInternal
	}
	topics, err := list(ctx)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	found := []string{}
	for name := range topics {
		found = append(found, name)
	}
	slices.Sort(found)
	return session.Answer{"topics": found}, nil
}

func (admin *admin) describeTopics(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Topics []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	topics, err := admin.kadm.ListTopicsWithInternal(ctx, asked.Topics...)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	described := map[string]any{}
	for name, topic := range topics {
		described[name] = names.Or(topic.Err, map[string]any{
			"id":         base64.RawURLEncoding.EncodeToString(topic.ID[:]),
			"internal":   topic.IsInternal,
			"partitions": layout(topic),
		})
	}
	return results(described), nil
}

func layout(topic kadm.TopicDetail) []any {
	partitions := []any{}
	for _, each := range topic.Partitions.Sorted() {
		slices.Sort(each.Replicas)
		slices.Sort(each.ISR)
		partitions = append(partitions, []any{each.Partition, each.Leader, each.Replicas, each.ISR})
	}
	return partitions
}

func (admin *admin) metadata(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Topics []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	ask := func() (kadm.Metadata, error) { return admin.kadm.Metadata(ctx, asked.Topics...) }
	if asked.Topics != nil && len(asked.Topics) == 0 {
		ask = func() (kadm.Metadata, error) { return admin.kadm.BrokerMetadata(ctx) }
	}
	found, err := ask()
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	topics := map[string]any{}
	for name, topic := range found.Topics {
		about := map[string]any{"partitions": layout(topic)}
		if topic.Err != nil {
			about["error"] = names.Of(topic.Err).Name
		}
		topics[name] = about
	}
	return session.Answer{"brokers": brokers(found), "controller": found.Controller, "topics": topics}, nil
}

func brokers(found kadm.Metadata) []any {
	slices.SortFunc(found.Brokers, func(left, right kadm.BrokerDetail) int { return int(left.NodeID - right.NodeID) })
	list := []any{}
	for _, broker := range found.Brokers {
		list = append(list, []any{broker.NodeID, broker.Host, broker.Port, broker.Rack})
	}
	return list
}

func (admin *admin) createPartitions(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.CreatingPartitions
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	create := kmsg.NewPtrCreatePartitionsRequest()
	create.TimeoutMillis = 15000
	for name, total := range asked.Topics {
		topic := kmsg.NewCreatePartitionsRequestTopic()
		topic.Topic, topic.Count = name, total
		for _, replicas := range asked.Assignments[name] {
			topic.Assignment = append(topic.Assignment, kmsg.CreatePartitionsRequestTopicAssignment{Replicas: replicas})
		}
		create.Topics = append(create.Topics, topic)
	}
	answer, err := create.RequestWith(ctx, admin.Client)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	created := map[string]any{}
	for _, topic := range answer.Topics {
		created[topic.Topic] = names.Item(coded(topic.ErrorCode, topic.ErrorMessage))
	}
	return results(created), nil
}

func (admin *admin) deleteRecords(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Offsets []session.Offset }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	before := kadm.Offsets{}
	for _, offset := range asked.Offsets {
		before.AddOffset(offset.Topic, offset.Partition.Partition, offset.Offset, -1)
	}
	answer, err := admin.kadm.DeleteRecords(ctx, before)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	deleted := []any{}
	for _, offset := range asked.Offsets {
		found, answered := answer.Lookup(offset.Topic, offset.Partition.Partition)
		if !answered {
			found.Err = kerr.UnknownTopicOrPartition
		}
		deleted = append(deleted, offset.With(names.Or(found.Err, found.LowWatermark)))
	}
	return session.Answer{"partitions": deleted}, nil
}

func (admin *admin) listOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Listing
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	return admin.offsets(ctx, asked)
}

func (admin *admin) offsets(ctx context.Context, asked session.Listing) (session.Answer, error) {
	topics := setOf(asked.Partitions).Topics()
	if len(topics) == 0 { // kadm takes no topics for all
		return session.Answer{"offsets": []any{}}, nil
	}
	listed, err := admin.list(ctx, asked, topics)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	offsets := []any{}
	for _, partition := range asked.Partitions {
		found, answered := listed.Lookup(partition.Topic, partition.Partition)
		switch {
		case !answered:
			offsets = append(offsets, partition.With(names.Item(kerr.UnknownTopicOrPartition)))
		case found.Err != nil:
			offsets = append(offsets, partition.With(names.Item(found.Err)))
		case asked.At.Name == "earliest", asked.At.Name == "latest":
			offsets = append(offsets, partition.With(found.Offset))
		case found.Timestamp < 0: // kadm puts the end in the place of an offset that there is not
			offsets = append(offsets, partition.With(nil))
		default:
			offsets = append(offsets, partition.With(found.Offset, found.Timestamp))
		}
	}
	return session.Answer{"offsets": offsets}, nil
}

func (admin *admin) list(ctx context.Context, asked session.Listing, topics []string) (kadm.ListedOffsets, error) {
	switch asked.At.Name {
	case "earliest":
		return admin.kadm.ListStartOffsets(ctx, topics...)
	case "latest":
		if asked.Isolation == "read_committed" {
			return admin.kadm.ListCommittedOffsets(ctx, topics...)
		}
		return admin.kadm.ListEndOffsets(ctx, topics...)
	case "max-timestamp":
		return admin.kadm.ListMaxTimestampOffsets(ctx, topics...)
	case "":
		return admin.kadm.ListOffsetsAfterMilli(ctx, asked.At.Milliseconds, topics...)
	default:
		return nil, session.Unsupported("at " + asked.At.Name)
	}
}
