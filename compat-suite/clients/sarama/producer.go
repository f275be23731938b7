package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

type producerSettings struct {
	Acks               string
	Idempotent         bool
	TransactionalID    string                `json:"transactional_id"`
	TransactionTimeout *session.Milliseconds `json:"transaction_timeout_ms"`
	Codec              string
	Linger             session.Milliseconds `json:"linger_ms"`
	MaxRequestBytes    *int                 `json:"max_request_bytes"`
	InFlight           *int                 `json:"in_flight"`
	Partitioner        string
	AutoCreate         bool                 `json:"auto_create"`
	Delivery           session.Milliseconds `json:"delivery_timeout_ms"` // how long to wait for what sarama says
}

type producer struct {
	*client
	sarama.AsyncProducer
	settings producerSettings
}

func (base *base) openProducer(content json.RawMessage) (*producer, error) {
	settings := producerSettings{AutoCreate: true, Linger: 5, Delivery: 15000}
	if err := session.Strictly(content, &settings); err != nil {
		return nil, err
	}
	config, err := base.config()
	if err != nil {
		return nil, err
	}
	if err := settings.configure(config); err != nil {
		return nil, err
	}
	client, err := base.open(config)
	if err != nil {
		return nil, err
	}
	async, err := sarama.NewAsyncProducerFromClient(client)
	if err != nil {
		_ = client.Close()
		return nil, err
	}
	go func() {
		for message := range async.Successes() {
			message.Metadata.(*delivery).done <- nil
		}
	}()
	go func() {
		for failed := range async.Errors() {
			failed.Msg.Metadata.(*delivery).done <- failed.Err
		}
	}()
	return &producer{client, async, settings}, nil
}

func (settings producerSettings) configure(config *sarama.Config) error {
	own := &config.Producer
	own.Return.Successes, own.Return.Errors = true, true
	own.Flush.Frequency = settings.Linger.Duration()
	own.Partitioner = newPartitioner
	config.Metadata.AllowAutoTopicCreation = settings.AutoCreate
	acks, known := map[string]sarama.RequiredAcks{
		"": own.RequiredAcks, "all": sarama.WaitForAll, "1": sarama.WaitForLocal, "0": sarama.NoResponse,
	}[settings.Acks]
	if !known {
		return session.Invalid("acks " + settings.Acks)
	}
	own.RequiredAcks = acks
	if settings.Idempotent || settings.TransactionalID != "" {
		own.Idempotent, config.Net.MaxOpenRequests = true, 1
		if settings.Acks == "" {
			own.RequiredAcks = sarama.WaitForAll
		}
	}
	own.Transaction.ID = settings.TransactionalID
	if settings.TransactionTimeout != nil {
		own.Transaction.Timeout = settings.TransactionTimeout.Duration()
	}
	if settings.MaxRequestBytes != nil {
		own.MaxMessageBytes = *settings.MaxRequestBytes
	}
	if settings.InFlight != nil {
		config.Net.MaxOpenRequests = *settings.InFlight
	}
	if settings.Partitioner != "" {
		return session.Unsupported("partitioner " + settings.Partitioner)
	}
	if settings.Codec != "" {
		if own.Compression, known = codecs[settings.Codec]; !known {
			return session.Unsupported("codec " + settings.Codec)
		}
	}
	return nil
}

// delivery goes with a message: the partition that it asks for, and what became of it.
type delivery struct {
	partition *int32
	done      chan error
}

// partitioner respects the partition that a message asks for, else it leaves the choice to sarama's own.
type partitioner struct{ own sarama.Partitioner }

func newPartitioner(topic string) sarama.Partitioner {
	return &partitioner{sarama.NewHashPartitioner(topic)}
}

func (p *partitioner) Partition(message *sarama.ProducerMessage, count int32) (int32, error) {
	if asked := message.Metadata.(*delivery).partition; asked != nil {
		return *asked, nil
	}
	return p.own.Partition(message, count)
}

func (p *partitioner) RequiresConsistency() bool { return true }

func (producer *producer) send(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Sending
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	var waiting []*sarama.ProducerMessage
	sent := []any{}
	for _, record := range asked.Records {
		message, err := producer.message(record)
		if err != nil {
			return nil, err
		}
		select {
		case producer.Input() <- message:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if asked.Together {
			waiting = append(waiting, message)
		} else {
			sent = append(sent, producer.delivered(ctx, message))
		}
	}
	for _, message := range waiting {
		sent = append(sent, producer.delivered(ctx, message))
	}
	return session.Answer{"sent": sent}, nil
}

func (producer *producer) message(record session.Record) (*sarama.ProducerMessage, error) {
	if len(record.Headers) > 0 && !producer.Config().Version.IsAtLeast(sarama.V0_11_0_0) {
		return nil, session.Unsupported("headers")
	}
	message := &sarama.ProducerMessage{Topic: record.Topic, Metadata: &delivery{record.Partition, make(chan error, 1)}}
	if record.Key != nil {
		message.Key = sarama.ByteEncoder(record.Key)
	}
	if record.Value != nil {
		message.Value = sarama.ByteEncoder(record.Value)
	}
	if record.Timestamp != nil {
		message.Timestamp = time.UnixMilli(*record.Timestamp)
	}
	for _, header := range record.Headers {
		message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
	}
	return message, nil
}

func (producer *producer) delivered(ctx context.Context, message *sarama.ProducerMessage) any {
	ctx, cancel := context.WithTimeout(ctx, producer.settings.Delivery.Duration())
	defer cancel()
	select {
	case <-ctx.Done():
		return names.Item(ctx.Err())
	case err := <-message.Metadata.(*delivery).done:
		if err != nil {
			return names.Item(err)
		}
		sent := session.Sent{Partition: message.Partition, Offset: message.Offset}
		if !message.Timestamp.IsZero() {
			timestamp := message.Timestamp.UnixMilli()
			sent.Timestamp = &timestamp
		}
		if producer.settings.Acks == "0" {
			sent.Offset = -1
		}
		return sent
	}
}

// Close ends the producer. One that is abandoned can't deliver what it still has.
func (producer *producer) Close(_ context.Context, how string) error {
	if how == "abandon" {
		producer.cable.Cut()
		go producer.end()
		return nil
	}
	return producer.end()
}

func (producer *producer) end() error {
	return errors.Join(producer.AsyncProducer.Close(), producer.client.Close())
}
