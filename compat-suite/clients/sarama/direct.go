package main

import (
	"context"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

// direct reads partitions without being a member.
type direct struct {
	owner    *consumer
	consumer sarama.Consumer
	streams  map[session.Partition]sarama.PartitionConsumer
}

// assign starts at the group's committed offsets, when there is a group.
func (consumer *consumer) assign(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if err := consumer.stop(); err != nil {
		return nil, err
	}
	opened, err := sarama.NewConsumerFromClient(consumer.client)
	if err != nil {
		return nil, err
	}
	consumer.direct = &direct{consumer, opened, map[session.Partition]sarama.PartitionConsumer{}}
	for _, partition := range asked.Partitions {
		start, err := consumer.startOf(partition)
		if err != nil {
			return nil, err
		}
		if err := consumer.direct.read(partition, start); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (consumer *consumer) startOf(partition session.Partition) (start int64, err error) {
	start = consumer.Config().Consumer.Offsets.Initial
	if consumer.settings.Group == "" {
		return start, nil
	}
	err = consumer.managed(func(manager sarama.OffsetManager) error {
		managed, err := manager.ManagePartition(partition.Topic, partition.Partition)
		if err == nil {
			start, _ = managed.NextOffset()
		}
		return err
	})
	return start, err
}

func (direct *direct) read(partition session.Partition, start int64) error {
	stream, err := direct.consumer.ConsumePartition(partition.Topic, partition.Partition, start)
	if err != nil {
		return err
	}
	direct.streams[partition] = stream
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		for message := range stream.Messages() {
			direct.owner.inbox.Put(ctx, received(message))
		}
	}()
	go func() {
		for failed := range stream.Errors() {
			direct.owner.inbox.Fail(failed)
		}
	}()
	return nil
}

// seek reads a partition anew from there: sarama's consumers can't move. Its members of groups neither.
func (consumer *consumer) seek(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Offsets []session.Offset }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if consumer.direct == nil {
		return nil, session.Unsupported("seek of a member")
	}
	for _, offset := range asked.Offsets {
		if stream, open := consumer.direct.streams[offset.Partition]; open {
			if err := stream.Close(); err != nil {
				return nil, err
			}
		}
		consumer.inbox.Drop(offset.Partition)
		consumer.next[offset.Partition] = offset.Offset
		if err := consumer.direct.read(offset.Partition, offset.Offset); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (direct *direct) close() error {
	direct.owner.inbox.Drop()
	for _, stream := range direct.streams {
		stream.AsyncClose()
	}
	return direct.consumer.Close()
}

// listOffsets asks partition by partition. sarama has no call for the largest timestamp.
func (consumer *consumer) listOffsets(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Listing
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	moment, err := timeOf(asked.At)
	if err != nil {
		return nil, err
	}
	if asked.At.Name == "" && !consumer.Config().Version.IsAtLeast(sarama.V0_10_1_0) {
		return nil, session.Unsupported("offsets by time: this version knows only those of segments")
	}
	offsets := []any{}
	for _, partition := range asked.Partitions {
		offset, err := consumer.GetOffset(partition.Topic, partition.Partition, moment)
		switch {
		case err != nil:
			offsets = append(offsets, partition.With(names.Item(err)))
		case offset < 0:
			offsets = append(offsets, partition.With(nil))
		default:
			offsets = append(offsets, partition.With(offset))
		}
	}
	return session.Answer{"offsets": offsets}, nil
}

func timeOf(moment session.Moment) (int64, error) {
	switch moment.Name {
	case "":
		return moment.Milliseconds, nil
	case "earliest":
		return sarama.OffsetOldest, nil
	case "latest":
		return sarama.OffsetNewest, nil
	default:
		return 0, session.Unsupported("at " + moment.Name)
	}
}
