package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"compat-suite/contract"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func administer(args contract.Args, act func(*kadm.Client) error) (int, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(args.Bootstrap...))
	if err != nil {
		return -1, err
	}
	defer client.Close()
	return -1, act(kadm.NewClient(client))
}

func createTopic(ctx context.Context, args contract.Args) (int, error) {
	return administer(args, func(client *kadm.Client) error {
		_, err := client.CreateTopic(ctx, int32(args.Partitions), 1, nil, args.Topic)
		return err
	})
}

func deleteTopic(ctx context.Context, args contract.Args) (int, error) {
	return administer(args, func(client *kadm.Client) error {
		responses, err := client.DeleteTopics(ctx, args.Topic)
		if err != nil {
			return err
		}
		return responses.Error()
	})
}

func producerOptions(args contract.Args, codec string) ([]kgo.Opt, error) {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	chosen, known := codecs[codec]
	if !known {
		return nil, fmt.Errorf("no codec %q", codec)
	}
	options := []kgo.Opt{kgo.SeedBrokers(args.Bootstrap...), kgo.ProducerBatchCompression(chosen)}
	switch args.Acks { // franz-go is idempotent unless told otherwise, and that needs all acks
	case "1":
		options = append(options, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	case "0":
		options = append(options, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	}
	return options, nil
}

func produce(ctx context.Context, args contract.Args) (int, error) {
	return args.Shares(func(codec string, records []contract.Record) error {
		options, err := producerOptions(args, codec)
		if err != nil {
			return err
		}
		client, err := kgo.NewClient(options...)
		if err != nil {
			return err
		}
		defer client.Close()
		var batch []*kgo.Record
		for _, record := range records {
			headers := []kgo.RecordHeader{{Key: contract.Header.Key, Value: contract.Header.Value}}
			batch = append(batch, &kgo.Record{Topic: args.Topic, Key: record.Key, Value: record.Value, Headers: headers})
		}
		return client.ProduceSync(ctx, batch...).FirstErr()
	})
}

func show(record *kgo.Record) {
	headers := [][2]any{}
	for _, header := range record.Headers {
		headers = append(headers, [2]any{header.Key, contract.Text(header.Value)})
	}
	contract.EmitRecord(record.Partition, record.Offset, record.Timestamp, record.Key, record.Value, headers)
}

// poll waits a moment for records, prints them, and tells what fails.
func poll(ctx context.Context, client *kgo.Client) (kgo.Fetches, error) {
	moment, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	fetches := client.PollFetches(moment)
	for _, failure := range fetches.Errors() {
		if moment.Err() == nil {
			return fetches, failure.Err
		}
	}
	fetches.EachRecord(show)
	return fetches, nil
}

func consume(ctx context.Context, args contract.Args) (int, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(args.Bootstrap...), kgo.ConsumeTopics(args.Topic))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	count := 0
	for deadline := time.Now().Add(args.Timeout); count < args.Count && time.Now().Before(deadline); {
		fetches, err := poll(ctx, client)
		if err != nil {
			return count, err
		}
		count += fetches.NumRecords()
	}
	return count, nil
}

func group(ctx context.Context, args contract.Args) (int, error) {
	idle := contract.Idle{Args: args}
	var lock sync.Mutex
	tell := func(event string) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			contract.EmitPartitions(event, partitions[args.Topic])
			lock.Lock()
			idle.Touch()
			lock.Unlock()
		}
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(args.Bootstrap...),
		kgo.ConsumeTopics(args.Topic),
		kgo.ConsumerGroup(args.Group),
		kgo.HeartbeatInterval(300*time.Millisecond),
		kgo.SessionTimeout(10*time.Second),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(tell("assigned")),
		kgo.OnPartitionsRevoked(tell("revoked")),
		kgo.OnPartitionsLost(tell("lost")),
	)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	for over := false; !over && ctx.Err() == nil; {
		fetches, err := poll(ctx, client)
		if err != nil && ctx.Err() == nil {
			return idle.Count, err
		}
		if records := fetches.Records(); len(records) > 0 {
			if err := client.CommitRecords(context.Background(), records...); err != nil {
				return idle.Count, err
			}
			emitCommitted(records)
			lock.Lock()
			idle.Count += len(records)
			idle.Touch()
			lock.Unlock()
		}
		client.AllowRebalance()
		lock.Lock()
		over = idle.Over()
		lock.Unlock()
	}
	client.CloseAllowingRebalance()
	contract.Emit("left", nil)
	return idle.Count, nil
}

func emitCommitted(records []*kgo.Record) {
	offsets := map[int32]int64{}
	for _, record := range records {
		offsets[record.Partition] = record.Offset + 1
	}
	contract.Emit("committed", map[string]any{"offsets": offsets})
}

var commands = contract.Commands{
	"create-topic": createTopic, "delete-topic": deleteTopic, "produce": produce, "consume": consume, "group": group,
}
