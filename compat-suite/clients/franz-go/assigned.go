package main

import (
	"context"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// assign reads partitions without being a member: from the group's committed offsets, when there is a group.
func (consumer *consumer) assign(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	consumer.drop("leave")
	committed := kadm.OffsetResponses{}
	if consumer.settings.Group != "" {
		var err error
		if committed, err = consumer.admin.fetchOffsets(ctx, consumer.settings.Group); err != nil {
			return nil, err
		}
	}
	consumer.direct, consumer.astray = map[session.Partition]struct{}{}, map[session.Partition]struct{}{}
	starts := map[string]map[int32]kgo.Offset{}
	for _, partition := range asked.Partitions {
		consumer.direct[partition] = struct{}{}
		if start, found := consumer.startOf(partition, committed); found {
			place(starts, partition, start)
		} else {
			consumer.astray[partition] = struct{}{}
		}
	}
	return nil, consumer.open(kgo.ConsumePartitions(starts))
}

func (consumer *consumer) startOf(partition session.Partition, committed kadm.OffsetResponses) (kgo.Offset, bool) {
	if offset, found := committed.Lookup(partition.Topic, partition.Partition); found && offset.Err == nil {
		consumer.next[partition] = kgo.EpochOffset{Epoch: -1, Offset: offset.At}
		return kgo.NewOffset().At(offset.At), true
	}
	start, _ := consumer.settings.start()
	return start, consumer.settings.Reset != "none"
}

func place(topics map[string]map[int32]kgo.Offset, partition session.Partition, offset kgo.Offset) {
	if topics[partition.Topic] == nil {
		topics[partition.Topic] = map[int32]kgo.Offset{}
	}
	topics[partition.Topic][partition.Partition] = offset
}

func (consumer *consumer) seek(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Offsets []session.Offset }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if err := consumer.running(); err != nil {
		return nil, err
	}
	member, direct := map[string]map[int32]kgo.EpochOffset{}, map[string]map[int32]kgo.Offset{}
	for _, offset := range asked.Offsets {
		to := kgo.EpochOffset{Epoch: -1, Offset: offset.Offset}
		consumer.next[offset.Partition] = to
		delete(consumer.astray, offset.Partition)
		if member[offset.Topic] == nil {
			member[offset.Topic] = map[int32]kgo.EpochOffset{}
		}
		member[offset.Topic][offset.Partition.Partition] = to
		place(direct, offset.Partition, kgo.NewOffset().At(offset.Offset))
	}
	if consumer.direct == nil {
		consumer.client.SetOffsets(member)
		return nil, nil
	}
	// SetOffsets knows only what has been polled before.
	var again []session.Partition
	for _, offset := range asked.Offsets {
		again = append(again, offset.Partition)
	}
	consumer.client.RemoveConsumePartitions(byTopic(again))
	consumer.client.AddConsumePartitions(direct)
	return nil, nil
}

func (consumer *consumer) committed(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	return consumer.admin.committed(ctx, consumer.settings.Group, asked.Partitions)
}

func (consumer *consumer) listOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	asked := session.Listing{Isolation: consumer.settings.Isolation}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	return consumer.admin.offsets(ctx, asked)
}
