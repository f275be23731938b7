package main

import (
	"context"
	"encoding/json"
	"time"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kgo"
)

type producerSettings struct {
	Acks               string
	Idempotent         *bool
	TransactionalID    string                `json:"transactional_id"`
	TransactionTimeout *session.Milliseconds `json:"transaction_timeout_ms"`
	Codec              string
	Linger             session.Milliseconds `json:"linger_ms"`
	BatchBytes         *int32               `json:"batch_bytes"`
	MaxRequestBytes    *int32               `json:"max_request_bytes"`
	InFlight           *int                 `json:"in_flight"`
	DeliveryTimeout    session.Milliseconds `json:"delivery_timeout_ms"`
	Partitioner        string
	AutoCreate         bool `json:"auto_create"`
}

type producer struct {
	*client
	settings producerSettings
}

func (base *base) openProducer(content json.RawMessage) (*producer, error) {
	settings := producerSettings{AutoCreate: true, Linger: 5, DeliveryTimeout: 15000}
	if err := session.Strictly(content, &settings); err != nil {
		return nil, err
	}
	options, err := settings.options()
	if err != nil {
		return nil, err
	}
	client, err := base.open(options...)
	return &producer{client, settings}, err
}

func (settings producerSettings) options() ([]kgo.Opt, error) {
	options := []kgo.Opt{
		kgo.ProducerLinger(settings.Linger.Duration()),
		kgo.RecordPartitioner(&partitioner{kgo.StickyKeyPartitioner(nil)}),
	}
	acks, known := map[string]kgo.Acks{
		"": kgo.AllISRAcks(), "all": kgo.AllISRAcks(), "1": kgo.LeaderAck(), "0": kgo.NoAck(),
	}[settings.Acks]
	if !known {
		return nil, session.Invalid("acks " + settings.Acks)
	}
	options = append(options, kgo.RequiredAcks(acks))
	weak := settings.Acks == "0" || settings.Acks == "1"
	if settings.Idempotent == nil && weak || settings.Idempotent != nil && !*settings.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	if settings.AutoCreate {
		options = append(options, kgo.AllowAutoTopicCreation())
	}
	if settings.TransactionalID != "" {
		options = append(options, kgo.TransactionalID(settings.TransactionalID))
	}
	if settings.TransactionTimeout != nil {
		options = append(options, kgo.TransactionTimeout(settings.TransactionTimeout.Duration()))
	}
	if settings.BatchBytes != nil {
		options = append(options, kgo.ProducerBatchMaxBytes(*settings.BatchBytes))
	}
	if settings.MaxRequestBytes != nil {
		options = append(options, kgo.BrokerMaxWriteBytes(*settings.MaxRequestBytes))
	}
	if settings.InFlight != nil {
		options = append(options, kgo.MaxProduceRequestsInflightPerBroker(*settings.InFlight))
	}
	if settings.Partitioner != "" && settings.Partitioner != "murmur2" {
		return nil, session.Unsupported("partitioner " + settings.Partitioner)
	}
	return compressing(options, settings.Codec)
}

func compressing(options []kgo.Opt, codec string) ([]kgo.Opt, error) {
	if codec == "" {
		return options, nil
	}
	chosen, known := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}[codec]
	if !known {
		return nil, session.Unsupported("codec " + codec)
	}
	return append(options, kgo.ProducerBatchCompression(chosen)), nil
}

// anyPartition is the partition of a record that franz-go's own partitioner is to place.
const anyPartition = -1

// partitioner respects the partition that a record asks for, else it leaves the choice to franz-go's own.
type partitioner struct{ own kgo.Partitioner }

func (p *partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return &topicPartitioner{p.own.ForTopic(topic)}
}

type topicPartitioner struct{ own kgo.TopicPartitioner }

func (p *topicPartitioner) RequiresConsistency(record *kgo.Record) bool {
	return record.Partition != anyPartition || p.own.RequiresConsistency(record)
}

func (p *topicPartitioner) Partition(record *kgo.Record, count int) int {
	if record.Partition != anyPartition {
		return int(record.Partition)
	}
	return p.own.Partition(record, count)
}

func (p *topicPartitioner) OnNewBatch() {
	if own, listens := p.own.(kgo.TopicPartitionerOnNewBatch); listens {
		own.OnNewBatch()
	}
}

// delivery is what became of a record.
type delivery struct {
	record *kgo.Record
	err    error
}

func (producer *producer) send(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Sending
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	var waiting []func() any
	sent := []any{}
	for _, record := range asked.Records {
		// Not by RecordDeliveryTimeout, which counts from a record's own timestamp: one dated long ago would have no time.
		limited, cancel := context.WithTimeout(ctx, producer.settings.DeliveryTimeout.Duration())
		defer cancel()
		done := make(chan delivery, 1)
		producer.Produce(limited, outgoing(record), func(record *kgo.Record, err error) { done <- delivery{record, err} })
		if asked.Together {
			waiting = append(waiting, func() any { return producer.delivered(limited, done) })
		} else {
			sent = append(sent, producer.delivered(limited, done))
		}
	}
	for _, wait := range waiting {
		sent = append(sent, wait())
	}
	return session.Answer{"sent": sent}, nil
}

func outgoing(record session.Record) *kgo.Record {
	result := &kgo.Record{Topic: record.Topic, Partition: anyPartition, Key: record.Key, Value: record.Value}
	if record.Partition != nil {
		result.Partition = *record.Partition
	}
	if record.Timestamp != nil {
		result.Timestamp = time.UnixMilli(*record.Timestamp)
	}
	for _, header := range record.Headers {
		result.Headers = append(result.Headers, kgo.RecordHeader{Key: header.Name, Value: header.Value})
	}
	return result
}

func (producer *producer) delivered(ctx context.Context, done chan delivery) any {
	select {
	case <-ctx.Done():
		return names.Item(ctx.Err())
	case delivery := <-done:
		if delivery.err != nil {
			return names.Item(delivery.err)
		}
		timestamp := delivery.record.Timestamp.UnixMilli()
		sent := session.Sent{Partition: delivery.record.Partition, Offset: delivery.record.Offset, Timestamp: &timestamp}
		if producer.settings.Acks == "0" {
			sent.Offset = -1
		}
		return sent
	}
}

// Close ends the producer; what it has not sent is lost.
func (producer *producer) Close(_ context.Context, how string) error {
	producer.close(how)
	return nil
}
