package main

import (
	"context"
	"encoding/json"
	"slices"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

// consumer is a member of a group, or reads partitions that it was told: of sarama's two consumers, one.
type consumer struct {
	*client
	base     *base
	settings consumerSettings
	inbox    session.Inbox
	events   session.Events
	member   *member // while it has subscribed
	direct   *direct // while it was assigned by hand
	next     map[session.Partition]int64
}

func (base *base) openConsumer(content json.RawMessage) (*consumer, error) {
	settings := consumerSettings{Reset: "earliest", SessionTimeout: 10000, Heartbeat: 300, Protocol: "classic"}
	if err := session.Strictly(content, &settings); err != nil {
		return nil, err
	}
	config, err := base.config()
	if err != nil {
		return nil, err
	}
	if settings.Group != "" && !config.Version.IsAtLeast(sarama.V0_10_2_0) {
		config.Version = sarama.V0_10_2_0 // the oldest that sarama has groups for
	}
	if err := settings.configure(config); err != nil {
		return nil, err
	}
	client, err := base.open(config)
	if err != nil {
		return nil, err
	}
	return &consumer{client: client, base: base, settings: settings, next: map[session.Partition]int64{}}, nil
}

func (consumer *consumer) poll(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Polling
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	records, err := consumer.inbox.Poll(ctx, asked)
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		consumer.next[record.At()] = record.Offset + 1
		if consumer.settings.AutoCommit && consumer.member != nil {
			consumer.member.mark(record.At(), record.Offset+1, "")
		}
	}
	return session.Answer{"records": records, "events": consumer.events.Take()}, nil
}

func received(message *sarama.ConsumerMessage) session.Received {
	record := session.Received{
		Topic: message.Topic, Partition: message.Partition, Offset: message.Offset,
		Timestamp: message.Timestamp.UnixMilli(), Key: message.Key, Value: message.Value, Headers: []session.Header{},
	}
	if message.Timestamp.IsZero() {
		record.Timestamp = -1
	}
	for _, header := range message.Headers {
		record.Headers = append(record.Headers, session.Header{Name: string(header.Key), Value: header.Value})
	}
	return record
}

func (consumer *consumer) assignment(context.Context, *session.Request) (session.Answer, error) {
	if consumer.direct != nil {
		return session.Answer{"partitions": session.Sorted(consumer.direct.streams)}, nil
	}
	return session.Answer{"partitions": consumer.events.Owned()}, nil
}

func (consumer *consumer) pause(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	consumer.inbox.Pause(asked.Partitions)
	switch {
	case consumer.direct != nil:
		consumer.direct.consumer.Pause(byTopic(asked.Partitions))
	case consumer.member != nil:
		consumer.member.group.Pause(byTopic(asked.Partitions))
	}
	return nil, nil
}

func (consumer *consumer) resume(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	switch {
	case consumer.direct != nil:
		consumer.direct.consumer.Resume(byTopic(asked.Partitions))
	case consumer.member != nil:
		consumer.member.group.Resume(byTopic(asked.Partitions))
	}
	consumer.inbox.Resume(asked.Partitions)
	return nil, nil
}

func byTopic(partitions []session.Partition) map[string][]int32 {
	topics := map[string][]int32{}
	for _, partition := range partitions {
		topics[partition.Topic] = append(topics[partition.Topic], partition.Partition)
	}
	return topics
}

// position is what the consumer would read next, as far as it has read or sought; sarama has no call for it.
func (consumer *consumer) position(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	offsets := []any{}
	for _, partition := range asked.Partitions {
		if next, known := consumer.next[partition]; known {
			offsets = append(offsets, partition.With(next))
		} else {
			offsets = append(offsets, partition.With(nil))
		}
	}
	return session.Answer{"offsets": offsets}, nil
}

func (consumer *consumer) commitOffsets(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Committing
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if consumer.settings.Group == "" {
		return nil, session.Invalid("the consumer has no group")
	}
	metadata := ""
	if asked.Metadata != nil {
		metadata = *asked.Metadata
	}
	offsets := asked.Offsets
	if offsets == nil {
		offsets = consumer.polled()
	}
	if consumer.member != nil {
		return nil, consumer.member.commit(offsets, metadata)
	}
	return nil, consumer.commitFromOutside(offsets, metadata)
}

// polled are the offsets after what was polled, of partitions that are still the consumer's.
func (consumer *consumer) polled() []session.Offset {
	owned, offsets := consumer.events.Owned(), []session.Offset{}
	for _, partition := range session.Sorted(consumer.next) {
		if consumer.member == nil || slices.Contains(owned, partition) {
			offsets = append(offsets, session.Offset{Partition: partition, Offset: consumer.next[partition]})
		}
	}
	return offsets
}

func (consumer *consumer) commitFromOutside(offsets []session.Offset, metadata string) error {
	return consumer.managed(func(manager sarama.OffsetManager) error {
		var failed error
		for _, offset := range offsets {
			partition, err := manager.ManagePartition(offset.Topic, offset.Partition.Partition)
			if err != nil {
				return err
			}
			partition.MarkOffset(offset.Offset, metadata)
			partition.ResetOffset(offset.Offset, metadata)
			manager.Commit()
			select {
			case err := <-partition.Errors():
				failed = err
			default:
			}
		}
		return failed
	})
}

// holds tells whether the group's offsets are these.
func (consumer *consumer) holds(offsets []session.Offset, metadata string) bool {
	err := consumer.managed(func(manager sarama.OffsetManager) error {
		for _, offset := range offsets {
			managed, err := manager.ManagePartition(offset.Topic, offset.Partition.Partition)
			if err != nil {
				return err
			}
			if stored, note := managed.NextOffset(); stored != offset.Offset || note != metadata {
				return sarama.ErrRequestTimedOut
			}
		}
		return nil
	})
	return err == nil
}

// managed uses sarama's manager of the offsets of a group that one is no member of.
func (consumer *consumer) managed(act func(sarama.OffsetManager) error) error {
	manager, err := sarama.NewOffsetManagerFromClient(consumer.settings.Group, consumer.client)
	if err != nil {
		return err
	}
	defer manager.Close()
	return act(manager)
}

func (consumer *consumer) committed(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	offsets := []any{}
	err := consumer.managed(func(manager sarama.OffsetManager) error {
		for _, partition := range asked.Partitions {
			managed, err := manager.ManagePartition(partition.Topic, partition.Partition)
			if err != nil {
				offsets = append(offsets, partition.With(names.Item(err)))
				continue
			}
			if offset, metadata := managed.NextOffset(); offset >= 0 {
				offsets = append(offsets, partition.With(offset, metadata))
			} else {
				offsets = append(offsets, partition.With(nil))
			}
		}
		return nil
	})
	return session.Answer{"offsets": offsets}, err
}

func (consumer *consumer) unsubscribe(context.Context, *session.Request) (session.Answer, error) {
	return nil, consumer.stop()
}

// stop ends what it reads, and leaves the group. A static member never leaves.
func (consumer *consumer) stop() error {
	var err error
	switch {
	case consumer.member != nil:
		err = consumer.member.leave()
		consumer.member = nil
	case consumer.direct != nil:
		err = consumer.direct.close()
		consumer.direct = nil
	}
	consumer.inbox.Drop()
	clear(consumer.next)
	return err
}

// Close ends the consumer. One that is abandoned is cut off first, so that it can't say goodbye.
func (consumer *consumer) Close(_ context.Context, how string) error {
	if how == "abandon" {
		consumer.cable.Cut()
		go func() {
			_ = consumer.stop()
			_ = consumer.client.Close()
		}()
		return nil
	}
	err := consumer.stop()
	_ = consumer.client.Close()
	return err
}
