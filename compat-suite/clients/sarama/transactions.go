package main

import (
	"context"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

// init has nothing left to do: sarama asks for its producer id when the producer is made.
func (producer *producer) init(context.Context, *session.Request) (session.Answer, error) {
	if !producer.IsTransactional() {
		return nil, sarama.ErrNonTransactedProducer
	}
	return nil, nil
}

func (producer *producer) begin(context.Context, *session.Request) (session.Answer, error) {
	return nil, producer.fatal(producer.BeginTxn())
}

func (producer *producer) commit(context.Context, *session.Request) (session.Answer, error) {
	return nil, producer.fatal(producer.CommitTxn())
}

func (producer *producer) abort(context.Context, *session.Request) (session.Answer, error) {
	return nil, producer.fatal(producer.AbortTxn())
}

// fatal tells that the producer can't go on, where sarama gives no other reason.
func (producer *producer) fatal(err error) error {
	if err != nil && names.Of(err).Name == session.Other && producer.TxnStatus()&sarama.ProducerTxnFlagFatalError != 0 {
		return &session.Error{Name: session.Fatal, Message: err.Error()}
	}
	return err
}

func sendOffsets(producers *session.Handles[*producer], consumers *session.Handles[*consumer]) session.Verb {
	return func(_ context.Context, request *session.Request) (session.Answer, error) {
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
		metadata := sarama.NewConsumerGroupMetadata(asked.Group)
		if request.Names("consumer") {
			consumer, err := consumers.Of(request)
			if err != nil {
				return nil, err
			}
			metadata = consumer.identity()
			if asked.Offsets == nil {
				asked.Offsets = consumer.polled()
			}
		}
		offsets := map[string][]*sarama.PartitionOffsetMetadata{}
		for _, each := range asked.Offsets {
			offset := &sarama.PartitionOffsetMetadata{
				Partition: each.Partition.Partition, Offset: each.Offset, LeaderEpoch: -1,
			}
			offsets[each.Topic] = append(offsets[each.Topic], offset)
		}
		return nil, producer.fatal(producer.AddOffsetsToTxnWithGroupMetadata(offsets, metadata))
	}
}
