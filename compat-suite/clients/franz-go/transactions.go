package main

import (
	"context"
	"maps"
	"slices"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func (producer *producer) transactional() error {
	if producer.settings.TransactionalID == "" {
		return session.Invalid("the producer has no transactional_id")
	}
	return nil
}

// init asks for the producer id, which franz-go else does with the first record.
func (producer *producer) init(ctx context.Context, _ *session.Request) (session.Answer, error) {
	if err := producer.transactional(); err != nil {
		return nil, err
	}
	_, _, err := producer.ProducerID(ctx)
	return nil, orTimedOut(ctx, err)
}

func (producer *producer) begin(ctx context.Context, request *session.Request) (session.Answer, error) {
	if _, err := producer.init(ctx, request); err != nil {
		return nil, err
	}
	return nil, producer.BeginTransaction()
}

func (producer *producer) commit(ctx context.Context, _ *session.Request) (session.Answer, error) {
	if err := producer.Flush(ctx); err != nil {
		return nil, orTimedOut(ctx, err)
	}
	return nil, orTimedOut(ctx, producer.EndTransaction(ctx, kgo.TryCommit))
}

func (producer *producer) abort(ctx context.Context, _ *session.Request) (session.Answer, error) {
	if err := producer.AbortBufferedRecords(ctx); err != nil {
		return nil, orTimedOut(ctx, err)
	}
	return nil, orTimedOut(ctx, producer.EndTransaction(ctx, kgo.TryAbort))
}

// sendOffsets puts offsets into a transaction by franz-go's own requests: only its GroupTransactSession has a call for
// it, and that is producer and consumer in one.
func sendOffsets(producers *session.Handles[*producer], consumers *session.Handles[*consumer]) session.Verb {
	return func(ctx context.Context, request *session.Request) (session.Answer, error) {
		var asked struct {
			Offsets []session.Offset
			Group   string
		}
		if err := request.Into(&asked); err != nil {
			return nil, err
		}
		producer, err := producers.Of(request)
		if err != nil {
			return nil, err
		}
		if err := producer.transactional(); err != nil {
			return nil, err
		}
		commit := kmsg.NewPtrTxnOffsetCommitRequest()
		commit.Group = asked.Group
		if request.Names("consumer") {
			consumer, err := consumers.Of(request)
			if err != nil {
				return nil, err
			}
			consumer.identify(commit)
			if asked.Offsets == nil {
				asked.Offsets = consumer.polled()
			}
		}
		topics, err := producer.committedTopics(ctx, asked.Offsets)
		if err != nil {
			return nil, err
		}
		commit.Topics = topics
		return nil, producer.addOffsets(ctx, commit)
	}
}

// committedTopics names topics by their ids too, which newer versions of the request have instead.
func (producer *producer) committedTopics(
	ctx context.Context, offsets []session.Offset,
) ([]kmsg.TxnOffsetCommitRequestTopic, error) {
	wanted := map[string]struct{}{}
	for _, offset := range offsets {
		wanted[offset.Topic] = struct{}{}
	}
	known, err := kadm.NewClient(producer.Client).ListTopicsWithInternal(ctx, slices.Collect(maps.Keys(wanted))...)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	var topics []kmsg.TxnOffsetCommitRequestTopic
	for name := range wanted {
		topic := kmsg.NewTxnOffsetCommitRequestTopic()
		topic.Topic, topic.TopicID = name, known[name].ID
		for _, offset := range offsets {
			if offset.Topic == name {
				partition := kmsg.NewTxnOffsetCommitRequestTopicPartition()
				partition.Partition, partition.Offset = offset.Partition.Partition, offset.Offset
				topic.Partitions = append(topic.Partitions, partition)
			}
		}
		topics = append(topics, topic)
	}
	return topics, nil
}

func (producer *producer) addOffsets(ctx context.Context, commit *kmsg.TxnOffsetCommitRequest) error {
	id, epoch, err := producer.ProducerID(ctx)
	if err != nil {
		return orTimedOut(ctx, err)
	}
	add := kmsg.NewPtrAddOffsetsToTxnRequest()
	add.TransactionalID, add.ProducerID, add.ProducerEpoch = producer.settings.TransactionalID, id, epoch
	add.Group = commit.Group
	added, err := add.RequestWith(ctx, producer.Client)
	if err != nil {
		return orTimedOut(ctx, err)
	}
	if err := kerr.ErrorForCode(added.ErrorCode); err != nil {
		return err
	}
	commit.TransactionalID, commit.ProducerID, commit.ProducerEpoch = producer.settings.TransactionalID, id, epoch
	answer, err := commit.RequestWith(ctx, producer.Client)
	if err != nil {
		return orTimedOut(ctx, err)
	}
	for _, topic := range answer.Topics {
		for _, partition := range topic.Partitions {
			if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}
