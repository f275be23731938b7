package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"compat-suite/contract"

	"github.com/IBM/sarama"
)

var codecs = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}

// newConfig asks for protocol version 2.1, which has all codecs and headers, or for the one that SARAMA_VERSION names.
func newConfig() *sarama.Config {
	config := sarama.NewConfig()
	if asked := os.Getenv("SARAMA_VERSION"); asked != "" {
		version, err := sarama.ParseKafkaVersion(asked)
		if err != nil {
			panic(err)
		}
		config.Version = version
	}
	return config
}

func administer(args contract.Args, act func(sarama.ClusterAdmin) error) (int, error) {
	client, err := sarama.NewClusterAdmin(args.Bootstrap, newConfig())
	if err != nil {
		return -1, err
	}
	defer client.Close()
	return -1, act(client)
}

func createTopic(_ context.Context, args contract.Args) (int, error) {
	return administer(args, func(client sarama.ClusterAdmin) error {
		detail := &sarama.TopicDetail{NumPartitions: int32(args.Partitions), ReplicationFactor: 1}
		return client.CreateTopic(args.Topic, detail, false)
	})
}

func deleteTopic(_ context.Context, args contract.Args) (int, error) {
	return administer(args, func(client sarama.ClusterAdmin) error { return client.DeleteTopic(args.Topic) })
}

func producerConfig(args contract.Args, codec string) (*sarama.Config, error) {
	chosen, known := codecs[codec]
	if !known {
		return nil, fmt.Errorf("no codec %q", codec)
	}
	config := newConfig()
	config.Producer.Return.Successes = true
	config.Producer.Compression = chosen
	switch args.Acks {
	case "all":
		config.Producer.RequiredAcks = sarama.WaitForAll
	case "1":
		config.Producer.RequiredAcks = sarama.WaitForLocal
	case "0":
		config.Producer.RequiredAcks = sarama.NoResponse
	}
	if args.Idempotent {
		config.Producer.Idempotent = true
		config.Producer.RequiredAcks = sarama.WaitForAll
		config.Net.MaxOpenRequests = 1
	}
	return config, nil
}

func produce(_ context.Context, args contract.Args) (int, error) {
	return args.Shares(func(codec string, records []contract.Record) error {
		config, err := producerConfig(args, codec)
		if err != nil {
			return err
		}
		producer, err := sarama.NewSyncProducer(args.Bootstrap, config)
		if err != nil {
			return err
		}
		defer producer.Close()
		var batch []*sarama.ProducerMessage
		for _, record := range records {
			message := &sarama.ProducerMessage{Topic: args.Topic, Value: sarama.ByteEncoder(record.Value)}
			if config.Version.IsAtLeast(sarama.V0_11_0_0) {
				message.Headers = []sarama.RecordHeader{{Key: []byte(contract.Header.Key), Value: contract.Header.Value}}
			}
			if record.Key != nil {
				message.Key = sarama.ByteEncoder(record.Key)
			}
			batch = append(batch, message)
		}
		return producer.SendMessages(batch)
	})
}

func show(message *sarama.ConsumerMessage) {
	headers := [][2]any{}
	for _, header := range message.Headers {
		headers = append(headers, [2]any{string(header.Key), contract.Text(header.Value)})
	}
	contract.EmitRecord(message.Partition, message.Offset, message.Timestamp, message.Key, message.Value, headers)
}

func consume(_ context.Context, args contract.Args) (int, error) {
	consumer, err := sarama.NewConsumer(args.Bootstrap, newConfig())
	if err != nil {
		return 0, err
	}
	defer consumer.Close()
	partitions, err := consumer.Partitions(args.Topic)
	if err != nil {
		return 0, err
	}
	messages := make(chan *sarama.ConsumerMessage)
	for _, partition := range partitions {
		stream, err := consumer.ConsumePartition(args.Topic, partition, sarama.OffsetOldest)
		if err != nil {
			return 0, err
		}
		defer stream.AsyncClose()
		go func() {
			for message := range stream.Messages() {
				messages <- message
			}
		}()
	}
	deadline := time.After(args.Timeout)
	for count := 0; ; {
		if count == args.Count {
			return count, nil
		}
		select {
		case message := <-messages:
			show(message)
			count++
		case <-deadline:
			return count, nil
		}
	}
}

// member is what sarama calls a handler: one claim, in a goroutine of its own, for each partition.
type joined struct {
	lock  sync.Mutex
	idle  contract.Idle
	leave context.CancelFunc
}

func (m *joined) Setup(session sarama.ConsumerGroupSession) error {
	for _, partitions := range session.Claims() {
		contract.EmitPartitions("assigned", partitions)
	}
	if len(session.Claims()) == 0 {
		contract.EmitPartitions("assigned", nil)
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	m.idle.Touch()
	return nil
}

func (m *joined) Cleanup(session sarama.ConsumerGroupSession) error {
	session.Commit()
	for _, partitions := range session.Claims() {
		contract.EmitPartitions("revoked", partitions)
	}
	return nil
}

func (m *joined) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			show(message)
			session.MarkMessage(message, "")
			if message.Offset+1 == claim.HighWaterMarkOffset() {
				session.Commit()
				offsets := map[int32]int64{message.Partition: message.Offset + 1}
				contract.Emit("committed", map[string]any{"offsets": offsets})
			}
			m.lock.Lock()
			m.idle.Count++
			m.idle.Touch()
			m.lock.Unlock()
		case <-session.Context().Done():
			return nil
		}
	}
}

func (m *joined) watch(ctx context.Context) {
	for range time.Tick(50 * time.Millisecond) {
		m.lock.Lock()
		over := m.idle.Over()
		m.lock.Unlock()
		if over || ctx.Err() != nil {
			m.leave()
			return
		}
	}
}

func group(ctx context.Context, args contract.Args) (int, error) {
	config := newConfig()
	if !config.Version.IsAtLeast(sarama.V0_10_2_0) {
		config.Version = sarama.V0_10_2_0 // the oldest that sarama has groups for
	}
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	config.Consumer.Group.Session.Timeout = 10 * time.Second
	client, err := sarama.NewConsumerGroup(args.Bootstrap, args.Group, config)
	if err != nil {
		return 0, err
	}
	ctx, leave := context.WithCancel(ctx)
	self := &joined{idle: contract.Idle{Args: args}, leave: leave}
	go self.watch(ctx)
	for ctx.Err() == nil {
		if err := client.Consume(ctx, []string{args.Topic}, self); err != nil && ctx.Err() == nil {
			return self.idle.Count, err
		}
	}
	if err := client.Close(); err != nil {
		return self.idle.Count, err
	}
	contract.Emit("left", nil)
	return self.idle.Count, nil
}

var commands = contract.Commands{
	"create-topic": createTopic, "delete-topic": deleteTopic, "produce": produce, "consume": consume, "group": group,
}
