package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// consumer is a member of a group, or reads partitions that it was told. The client is made when it is known which of
// the two: franz-go wants to hear that at once.
type consumer struct {
	settings consumerSettings
	admin    *admin
	client   *client // nil until it subscribes or is assigned
	pattern  string
	topics   []string
	direct   map[session.Partition]struct{} // what it was assigned by hand
	astray   map[session.Partition]struct{} // of those, what there is no offset for yet
	next     map[session.Partition]kgo.EpochOffset
	events   session.Events
	share    share
	failed   error // told by the next poll
}

func (admin *admin) openConsumer(content json.RawMessage) (*consumer, error) {
	settings := consumerSettings{SessionTimeout: 10000, Heartbeat: 300, Protocol: "classic"}
	if err := session.Strictly(content, &settings); err != nil {
		return nil, err
	}
	if _, err := settings.options(); err != nil {
		return nil, err
	}
	return &consumer{settings: settings, admin: admin, next: map[session.Partition]kgo.EpochOffset{}}, nil
}

func (consumer *consumer) open(options ...kgo.Opt) error {
	settings, err := consumer.settings.options()
	if err != nil {
		return err
	}
	opened, err := consumer.admin.base.open(append(settings, options...)...)
	if err != nil {
		return err
	}
	consumer.client = opened
	return nil
}

func (consumer *consumer) subscribe(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Subscribing
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if consumer.client != nil && consumer.topics != nil && asked.Pattern == "" {
		consumer.resubscribe(asked.Topics)
		return nil, nil
	}
	consumer.drop("leave")
	consumer.pattern, consumer.topics, consumer.direct = asked.Pattern, asked.Topics, nil
	options, err := consumer.membership()
	if err != nil {
		return nil, err
	}
	if asked.Pattern != "" {
		options = append(options, kgo.ConsumeRegex(), kgo.ConsumeTopics("^(?:"+asked.Pattern+")$"))
	} else {
		options = append(options, kgo.ConsumeTopics(asked.Topics...))
	}
	return nil, consumer.open(options...)
}

func (consumer *consumer) resubscribe(topics []string) {
	consumer.client.AddConsumeTopics(topics...)
	gone := slices.DeleteFunc(slices.Clone(consumer.topics), func(topic string) bool { return slices.Contains(topics, topic) })
	if len(gone) > 0 {
		consumer.client.PurgeTopicsFromConsuming(gone...)
	}
	consumer.topics = topics
}

// membership are the options of a member; without a group, franz-go reads all partitions of the topics itself.
func (consumer *consumer) membership() ([]kgo.Opt, error) {
	switch {
	case consumer.settings.Group == "":
		return nil, nil
	case consumer.settings.Protocol == "share":
		return consumer.share.options(consumer.settings), nil
	}
	options, err := consumer.settings.groupOptions()
	tell := func(kind string) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			consumer.events.Tell(kind, flat(partitions))
		}
	}
	return append(options, kgo.OnPartitionsAssigned(tell("assigned")), kgo.OnPartitionsRevoked(tell("revoked")),
		kgo.OnPartitionsLost(tell("lost"))), err
}

func flat(topics map[string][]int32) []session.Partition {
	var partitions []session.Partition
	for topic, numbers := range topics {
		for _, number := range numbers {
			partitions = append(partitions, session.Partition{Topic: topic, Partition: number})
		}
	}
	return partitions
}

func byTopic(partitions []session.Partition) map[string][]int32 {
	topics := map[string][]int32{}
	for _, partition := range partitions {
		topics[partition.Topic] = append(topics[partition.Topic], partition.Partition)
	}
	return topics
}

func (consumer *consumer) unsubscribe(context.Context, *session.Request) (session.Answer, error) {
	consumer.drop("leave")
	return nil, nil
}

func (consumer *consumer) drop(how string) {
	if consumer.client != nil {
		consumer.client.close(how)
	}
	consumer.client, consumer.topics, consumer.pattern, consumer.direct = nil, nil, "", nil
	clear(consumer.next)
}

// Close ends the consumer. A static member never leaves its group: so are franz-go's members.
func (consumer *consumer) Close(_ context.Context, how string) error {
	consumer.drop(how)
	return nil
}

func (consumer *consumer) poll(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Polling
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	records := []session.Received{}
	if consumer.client != nil {
		if len(consumer.astray) > 0 {
			return nil, &session.Error{Name: session.NoOffset, Message: "no offset to start at"}
		}
		var err error
		if records, err = consumer.gather(ctx, asked); err != nil {
			return nil, err
		}
	}
	return session.Answer{"records": records, "events": consumer.events.Take()}, nil
}

// gather polls until there are enough records, or an error, or the time is over. An error waits for the next poll when
// there are records before it.
func (consumer *consumer) gather(ctx context.Context, asked session.Polling) ([]session.Received, error) {
	records := []session.Received{}
	ctx, cancel := context.WithTimeout(ctx, asked.Timeout.Duration())
	defer cancel()
	clear(consumer.share.held)
	for consumer.failed == nil {
		fetches := consumer.pollOnce(ctx, asked, len(records))
		fetches.EachRecord(func(record *kgo.Record) { records = append(records, consumer.received(record)) })
		fetches.EachError(func(_ string, _ int32, err error) {
			// What can be retried is retried by franz-go itself, as while a coordinator is being found.
			if ctx.Err() == nil && consumer.failed == nil && !kerr.IsRetriable(err) {
				consumer.failed = err
			}
		})
		// To poll a share group again accepts what was polled before.
		if asked.Enough(len(records)) || ctx.Err() != nil || consumer.share.isOn && len(records) > 0 {
			return records, nil
		}
	}
	if len(records) > 0 {
		return records, nil
	}
	err := consumer.failed
	consumer.failed = nil
	return nil, err
}

func (consumer *consumer) pollOnce(ctx context.Context, asked session.Polling, have int) kgo.Fetches {
	limit := asked.Count - have
	if most := consumer.settings.MaxPollRecords; most > 0 && (asked.Count == 0 || most < limit) {
		limit = most
	}
	if asked.Timeout == 0 {
		return consumer.client.PollRecords(nil, limit) //nolint:staticcheck // nil: what there is, without waiting
	}
	return consumer.client.PollRecords(ctx, limit)
}

func (consumer *consumer) received(record *kgo.Record) session.Received {
	result := session.Received{
		Topic: record.Topic, Partition: record.Partition, Offset: record.Offset, Timestamp: record.Timestamp.UnixMilli(),
		Key: record.Key, Value: record.Value, Headers: []session.Header{}, DeliveryCount: record.DeliveryCount(),
		TimestampType: map[int8]string{0: "create", 1: "append"}[record.Attrs.TimestampType()],
	}
	for _, header := range record.Headers {
		result.Headers = append(result.Headers, session.Header{Name: header.Key, Value: header.Value})
	}
	if record.LeaderEpoch >= 0 {
		result.LeaderEpoch = &record.LeaderEpoch
	}
	consumer.next[result.At()] = kgo.EpochOffset{Epoch: record.LeaderEpoch, Offset: record.Offset + 1}
	consumer.share.keep(record)
	return result
}

func (consumer *consumer) assignment(context.Context, *session.Request) (session.Answer, error) {
	if consumer.direct != nil {
		return session.Answer{"partitions": session.Sorted(consumer.direct)}, nil
	}
	return session.Answer{"partitions": consumer.events.Owned()}, nil
}

func (consumer *consumer) running() error {
	if consumer.client == nil {
		return session.Invalid("the consumer has neither subscribed nor been assigned")
	}
	return nil
}

func (consumer *consumer) pause(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if err := consumer.running(); err != nil {
		return nil, err
	}
	consumer.client.PauseFetchPartitions(byTopic(asked.Partitions))
	return nil, nil
}

func (consumer *consumer) resume(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if err := consumer.running(); err != nil {
		return nil, err
	}
	consumer.client.ResumeFetchPartitions(byTopic(asked.Partitions))
	return nil, nil
}

// position is what the consumer would read next, as far as it has read or sought; franz-go has no call for it.
func (consumer *consumer) position(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	offsets := []any{}
	for _, partition := range asked.Partitions {
		if next, known := consumer.next[partition]; known {
			offsets = append(offsets, partition.With(next.Offset))
		} else {
			offsets = append(offsets, partition.With(nil))
		}
	}
	return session.Answer{"offsets": offsets}, nil
}

func (consumer *consumer) commitOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Committing
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if consumer.settings.Protocol == "share" {
		return nil, consumer.share.flush(ctx, consumer.client)
	}
	if consumer.settings.Group == "" {
		return nil, session.Invalid("the consumer has no group")
	}
	offsets := maps.Clone(consumer.next)
	if asked.Offsets != nil {
		offsets = map[session.Partition]kgo.EpochOffset{}
		for _, offset := range asked.Offsets {
			offsets[offset.Partition] = kgo.EpochOffset{Epoch: -1, Offset: offset.Offset}
		}
	}
	if consumer.client == nil || consumer.direct != nil {
		return nil, consumer.admin.commit(ctx, consumer.settings.Group, offsets, asked.Metadata)
	}
	if asked.Offsets == nil {
		owned := consumer.events.Owned()
		maps.DeleteFunc(offsets, func(partition session.Partition, _ kgo.EpochOffset) bool {
			return !slices.Contains(owned, partition)
		})
	}
	return nil, consumer.commitAsMember(ctx, offsets, asked.Metadata)
}

func (consumer *consumer) commitAsMember(
	ctx context.Context, offsets map[session.Partition]kgo.EpochOffset, metadata *string,
) error {
	topics := map[string]map[int32]kgo.EpochOffset{}
	for partition, offset := range offsets {
		if topics[partition.Topic] == nil {
			topics[partition.Topic] = map[int32]kgo.EpochOffset{}
		}
		topics[partition.Topic][partition.Partition] = offset
	}
	if metadata == nil { // where franz-go puts the member's id
		metadata = new(string)
	}
	ctx = kgo.PreCommitFnContext(ctx, func(request *kmsg.OffsetCommitRequest) error {
		for _, topic := range request.Topics {
			for index := range topic.Partitions {
				topic.Partitions[index].Metadata = metadata
			}
		}
		return nil
	})
	var failed error
	done := func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
		if failed = err; err != nil || answer == nil {
			return
		}
		for _, topic := range answer.Topics {
			for _, partition := range topic.Partitions {
				if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
					failed = err
				}
			}
		}
	}
	consumer.client.CommitOffsetsSync(ctx, topics, done)
	return orTimedOut(ctx, failed)
}

// polled are the offsets after what was polled.
func (consumer *consumer) polled() []session.Offset {
	offsets := []session.Offset{}
	for _, partition := range session.Sorted(consumer.next) {
		offsets = append(offsets, session.Offset{Partition: partition, Offset: consumer.next[partition].Offset})
	}
	return offsets
}

// identify makes a commit that of this member.
func (consumer *consumer) identify(commit *kmsg.TxnOffsetCommitRequest) {
	commit.Group = consumer.settings.Group
	if consumer.client == nil || consumer.direct != nil {
		return
	}
	commit.MemberID, commit.Generation = consumer.client.GroupMetadata()
	if consumer.settings.Instance != "" {
		commit.InstanceID = &consumer.settings.Instance
	}
}
