package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

type producerSettings struct {
	Acks        string
	Codec       string
	Linger      session.Milliseconds `json:"linger_ms"`
	BatchBytes  int64                `json:"batch_bytes"`
	Partitioner string
	AutoCreate  bool                 `json:"auto_create"`
	Delivery    session.Milliseconds `json:"delivery_timeout_ms"` // a deadline for each call of the Writer
}

// producer is a Writer. A Writer that is told nothing asks for no acknowledgement at all, and so has no offsets to tell:
// here it asks for all of them.
type producer struct {
	*kafka.Writer
	cable    *session.Cable
	settings producerSettings
}

func (base *base) openProducer(content json.RawMessage) (*producer, error) {
	settings := producerSettings{AutoCreate: true, Delivery: 15000, Acks: "all", Codec: "none", Linger: 5}
	if err := session.Strictly(content, &settings); err != nil {
		return nil, err
	}
	acks, known := map[string]kafka.RequiredAcks{
		"all": kafka.RequireAll, "1": kafka.RequireOne, "0": kafka.RequireNone,
	}[settings.Acks]
	if !known {
		return nil, session.Invalid("acks " + settings.Acks)
	}
	codec, known := map[string]kafka.Compression{
		"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
	}[settings.Codec]
	if !known {
		return nil, session.Unsupported("codec " + settings.Codec)
	}
	var own kafka.Balancer = &kafka.RoundRobin{}
	switch settings.Partitioner {
	case "":
	case "murmur2":
		own = kafka.Murmur2Balancer{}
	default:
		return nil, session.Unsupported("partitioner " + settings.Partitioner)
	}
	cable := &session.Cable{}
	writer := &kafka.Writer{
		Addr: kafka.TCP(base.start.Bootstrap...), Transport: base.transport(cable), Balancer: balancer(own),
		BatchTimeout: max(settings.Linger.Duration(), time.Millisecond), BatchBytes: settings.BatchBytes,
		RequiredAcks: acks, Compression: codec, Completion: complete, AllowAutoTopicCreation: settings.AutoCreate,
		ErrorLogger: complaints,
	}
	return &producer{writer, cable, settings}, nil
}

// delivery goes with a message: the partition that it asks for, and what became of it.
type delivery struct {
	partition *int32
	done      chan outcome
}

type outcome struct {
	message kafka.Message
	err     error
}

// balancer respects the partition that a message asks for, else it leaves the choice to one of kafka-go's own.
func balancer(own kafka.Balancer) kafka.Balancer {
	return kafka.BalancerFunc(func(message kafka.Message, partitions ...int) int {
		if asked := message.WriterData.(*delivery).partition; asked != nil {
			return int(*asked)
		}
		return own.Balance(message, partitions...)
	})
}

func complete(messages []kafka.Message, err error) {
	for _, message := range messages {
		message.WriterData.(*delivery).done <- outcome{message, err}
	}
}

func (producer *producer) send(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Sending
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	sent := []any{}
	var messages []kafka.Message
	for _, record := range asked.Records {
		messages = append(messages, message(record))
		if !asked.Together {
			sent = append(sent, producer.write(ctx, messages)...)
			messages = nil
		}
	}
	return session.Answer{"sent": append(sent, producer.write(ctx, messages)...)}, nil
}

func message(record session.Record) kafka.Message {
	result := kafka.Message{
		Topic: record.Topic, Key: record.Key, Value: record.Value,
		WriterData: &delivery{record.Partition, make(chan outcome, 1)},
	}
	if record.Timestamp != nil {
		result.Time = time.UnixMilli(*record.Timestamp)
	}
	for _, header := range record.Headers {
		result.Headers = append(result.Headers, kafka.Header{Key: header.Name, Value: header.Value})
	}
	return result
}

// write returns what became of each message: those that never came to be sent have an error in what the Writer says.
func (producer *producer) write(ctx context.Context, messages []kafka.Message) []any {
	if len(messages) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, producer.settings.Delivery.Duration())
	defer cancel()
	err := producer.WriteMessages(ctx, messages...)
	// A topic that the first attempt creates is there at one of the next: so kafka-go's own manual has it.
	for range 8 {
		if !errors.Is(err, kafka.UnknownTopicOrPartition) && !errors.Is(err, kafka.LeaderNotAvailable) || delivered(messages) {
			break
		}
		time.Sleep(250 * time.Millisecond)
		err = producer.WriteMessages(ctx, messages...)
	}
	var several kafka.WriteErrors
	hasSeveral := errors.As(err, &several)
	var sent []any
	for index, message := range messages {
		select {
		case outcome := <-message.WriterData.(*delivery).done:
			sent = append(sent, producer.told(outcome))
		default:
			failed := err
			if hasSeveral {
				failed = several[index]
			}
			sent = append(sent, names.Item(failed))
		}
	}
	return sent
}

// delivered tells whether any of the messages came to be sent.
func delivered(messages []kafka.Message) bool {
	for _, message := range messages {
		if len(message.WriterData.(*delivery).done) > 0 {
			return true
		}
	}
	return false
}

func (producer *producer) told(outcome outcome) any {
	if outcome.err != nil {
		return names.Item(outcome.err)
	}
	sent := session.Sent{Partition: int32(outcome.message.Partition), Offset: outcome.message.Offset}
	if !outcome.message.Time.IsZero() {
		timestamp := outcome.message.Time.UnixMilli()
		sent.Timestamp = &timestamp
	}
	if producer.settings.Acks == "0" {
		sent.Offset = -1
	}
	return sent
}

// Close ends the producer.
func (producer *producer) Close(_ context.Context, how string) error {
	if how == "abandon" {
		producer.cable.Cut()
		go producer.Writer.Close()
		return nil
	}
	return producer.Writer.Close()
}
