package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

type consumerSettings struct {
	Group             string
	Reset             string
	Isolation         string
	Protocol          string
	Assignor          string
	SessionTimeout    session.Milliseconds `json:"session_timeout_ms"`
	Heartbeat         session.Milliseconds `json:"heartbeat_ms"`
	RebalanceTimeout  session.Milliseconds `json:"rebalance_timeout_ms"`
	MinBytes          int                  `json:"min_bytes"`
	MaxWait           session.Milliseconds `json:"max_wait_ms"`
	MaxBytes          int                  `json:"max_bytes"`
	PartitionMaxBytes int                  `json:"partition_max_bytes"`
	AutoCommit        bool                 `json:"auto_commit"`
}

// consumer has a Reader for each partition: those that it was assigned by hand, or those of its group's generation.
type consumer struct {
	base     *base
	settings consumerSettings
	client   *kafka.Client
	cable    *session.Cable
	inbox    session.Inbox
	events   session.Events
	member   *member
	isDirect bool
	next     map[session.Partition]int64

	lock    sync.Mutex
	readers map[session.Partition]*kafka.Reader
}

func (base *base) openConsumer(content json.RawMessage) (*consumer, error) {
	settings := consumerSettings{
		Reset: "earliest", Protocol: "classic", SessionTimeout: 10000, Heartbeat: 300, RebalanceTimeout: 10000,
		MinBytes: 1, MaxBytes: 50 << 20, PartitionMaxBytes: 1 << 20,
	}
	if err := session.Strictly(content, &settings); err != nil {
		return nil, err
	}
	switch {
	case settings.Protocol != "classic":
		return nil, session.Unsupported("protocol " + settings.Protocol)
	case settings.AutoCommit:
		return nil, session.Unsupported("auto_commit")
	case settings.Reset != "earliest" && settings.Reset != "latest":
		return nil, session.Unsupported("reset " + settings.Reset)
	case !slices.Contains([]string{"", "range", "roundrobin"}, settings.Assignor):
		return nil, session.Unsupported("assignor " + settings.Assignor)
	}
	cable := &session.Cable{}
	return &consumer{
		base: base, settings: settings, client: base.client(cable), cable: cable,
		next: map[session.Partition]int64{}, readers: map[session.Partition]*kafka.Reader{},
	}, nil
}

func (consumer *consumer) start() int64 {
	if consumer.settings.Reset == "latest" {
		return kafka.LastOffset
	}
	return kafka.FirstOffset
}

// read opens a Reader, whose one limit serves for both that the contract has, and reads until the context ends.
func (consumer *consumer) read(ctx context.Context, partition session.Partition, start int64) error {
	settings := consumer.settings
	config := kafka.ReaderConfig{
		Brokers: consumer.base.start.Bootstrap, Dialer: consumer.base.dialer(consumer.cable),
		Topic: partition.Topic, Partition: int(partition.Partition), ErrorLogger: complaints,
		MinBytes: settings.MinBytes, MaxBytes: min(settings.MaxBytes, settings.PartitionMaxBytes),
		MaxWait: settings.MaxWait.Duration(),
	}
	if settings.Isolation == "read_committed" {
		config.IsolationLevel = kafka.ReadCommitted
	}
	if err := config.Validate(); err != nil {
		return session.Invalid(err.Error())
	}
	reader := kafka.NewReader(config)
	if err := reader.SetOffset(start); err != nil {
		return err
	}
	consumer.lock.Lock()
	consumer.readers[partition] = reader
	consumer.lock.Unlock()
	go func() {
		for ctx.Err() == nil {
			message, err := reader.FetchMessage(ctx)
			consumer.lock.Lock()
			current := consumer.readers[partition] == reader
			consumer.lock.Unlock()
			if !current || ctx.Err() != nil { // it was closed meanwhile, and says EOF
				return
			}
			if err != nil {
				consumer.inbox.Fail(err)
				return
			}
			consumer.inbox.Put(ctx, received(message))
		}
	}()
	return nil
}

func received(message kafka.Message) session.Received {
	record := session.Received{
		Topic: message.Topic, Partition: int32(message.Partition), Offset: message.Offset,
		Timestamp: message.Time.UnixMilli(), Key: message.Key, Value: message.Value, Headers: []session.Header{},
	}
	for _, header := range message.Headers {
		record.Headers = append(record.Headers, session.Header{Name: header.Key, Value: header.Value})
	}
	return record
}

// stopReading closes Readers, and forgets what they have read.
func (consumer *consumer) stopReading(partitions ...session.Partition) {
	consumer.lock.Lock()
	var closing []*kafka.Reader
	for _, partition := range partitions {
		closing = append(closing, consumer.readers[partition])
		delete(consumer.readers, partition)
	}
	consumer.lock.Unlock()
	for _, reader := range closing {
		go reader.Close() // which waits for a fetch that is under way
	}
	if len(partitions) > 0 {
		consumer.inbox.Drop(partitions...)
	}
}

func (consumer *consumer) reading() []session.Partition {
	consumer.lock.Lock()
	defer consumer.lock.Unlock()
	return session.Sorted(consumer.readers)
}

func (consumer *consumer) assign(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if err := consumer.stop(); err != nil {
		return nil, err
	}
	starts := map[session.Partition]int64{}
	if consumer.settings.Group != "" {
		found, err := offsetsOf(ctx, consumer.client, consumer.settings.Group, byTopic(asked.Partitions))
		if err != nil {
			return nil, err
		}
		for partition, offset := range found {
			if offset.Error == nil && offset.CommittedOffset >= 0 {
				starts[partition] = offset.CommittedOffset
			}
		}
	}
	consumer.isDirect = true
	for _, partition := range asked.Partitions {
		start, committed := starts[partition]
		if !committed {
			start = consumer.start()
		}
		if err := consumer.read(context.Background(), partition, start); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// seek opens a Reader anew, so that nothing of the old one is left.
func (consumer *consumer) seek(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Offsets []session.Offset }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if !consumer.isDirect {
		return nil, session.Unsupported("seek of a member")
	}
	for _, offset := range asked.Offsets {
		if !slices.Contains(consumer.reading(), offset.Partition) {
			return nil, session.Invalid("a partition that is not assigned")
		}
		consumer.stopReading(offset.Partition)
		consumer.next[offset.Partition] = offset.Offset
		if err := consumer.read(context.Background(), offset.Partition, offset.Offset); err != nil {
			return nil, err
		}
	}
	return nil, nil
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
	}
	return session.Answer{"records": records, "events": consumer.events.Take()}, nil
}

func (consumer *consumer) assignment(context.Context, *session.Request) (session.Answer, error) {
	if consumer.isDirect {
		return session.Answer{"partitions": consumer.reading()}, nil
	}
	return session.Answer{"partitions": consumer.events.Owned()}, nil
}

// position is what the consumer would read next, as far as it has read or sought.
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

func (consumer *consumer) commitOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Committing
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	if consumer.settings.Group == "" {
		return nil, session.Invalid("the consumer has no group")
	}
	commit := &kafka.OffsetCommitRequest{
		GroupID: consumer.settings.Group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{},
	}
	offsets := asked.Offsets
	if offsets == nil {
		owned := consumer.reading()
		for _, partition := range session.Sorted(consumer.next) {
			if slices.Contains(owned, partition) {
				offsets = append(offsets, session.Offset{Partition: partition, Offset: consumer.next[partition]})
			}
		}
	}
	for _, offset := range offsets {
		each := kafka.OffsetCommit{Partition: int(offset.Partition.Partition), Offset: offset.Offset}
		if asked.Metadata != nil {
			each.Metadata = *asked.Metadata
		}
		commit.Topics[offset.Topic] = append(commit.Topics[offset.Topic], each)
	}
	if consumer.member != nil {
		generation := consumer.member.now()
		if generation == nil {
			return nil, kafka.RebalanceInProgress
		}
		if asked.Metadata == nil {
			return nil, generation.CommitOffsets(plainly(offsets))
		}
		commit.GenerationID, commit.MemberID = int(generation.ID), generation.MemberID
	}
	answer, err := commitOffsets(ctx, consumer.client, commit)
	for _, code := range answer {
		err = errors.Join(err, code)
	}
	return nil, err
}

func plainly(offsets []session.Offset) map[string]map[int]int64 {
	topics := map[string]map[int]int64{}
	for _, offset := range offsets {
		if topics[offset.Topic] == nil {
			topics[offset.Topic] = map[int]int64{}
		}
		topics[offset.Topic][int(offset.Partition.Partition)] = offset.Offset
	}
	return topics
}

func (consumer *consumer) committed(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	return committed(ctx, consumer.client, consumer.settings.Group, asked.Partitions)
}

func (consumer *consumer) listOffsets(ctx context.Context, request *session.Request) (session.Answer, error) {
	asked := session.Listing{Isolation: consumer.settings.Isolation}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	return listOffsets(ctx, consumer.client, asked)
}

func (consumer *consumer) unsubscribe(context.Context, *session.Request) (session.Answer, error) {
	return nil, consumer.stop()
}

// stop ends what it reads, and leaves the group.
func (consumer *consumer) stop() error {
	var err error
	if consumer.member != nil {
		err = consumer.member.leave()
		consumer.member = nil
	}
	consumer.stopReading(consumer.reading()...)
	consumer.isDirect = false
	clear(consumer.next)
	return err
}

// Close ends the consumer. One that is abandoned is cut off first, so that it can't say goodbye.
func (consumer *consumer) Close(_ context.Context, how string) error {
	if how == "abandon" {
		consumer.cable.Cut()
		go consumer.stop()
		return nil
	}
	return consumer.stop()
}

// soon is how long a member waits before it tries again to join.
const soon = 200 * time.Millisecond
