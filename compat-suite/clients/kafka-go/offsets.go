package main

import (
	"context"
	"errors"
	"time"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

// Offsets of groups and of partitions, as consumers and the administrator ask for them.

func offsetsOf(
	ctx context.Context, client *kafka.Client, group string, topics map[string][]int,
) (map[session.Partition]kafka.OffsetFetchPartition, error) {
	var answer *kafka.OffsetFetchResponse
	err := patiently(ctx, func() (err error) {
		answer, err = client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: topics})
		if err == nil {
			err = answer.Error
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	found := map[session.Partition]kafka.OffsetFetchPartition{}
	for topic, partitions := range answer.Topics {
		for _, partition := range partitions {
			found[place(topic, partition.Partition)] = partition
		}
	}
	return found, nil
}

// committed tells a group's offsets: those of all its partitions when none are named.
func committed(
	ctx context.Context, client *kafka.Client, group string, partitions []session.Partition,
) (session.Answer, error) {
	var topics map[string][]int
	if partitions != nil {
		topics = byTopic(partitions)
	}
	found, err := offsetsOf(ctx, client, group, topics)
	if err != nil {
		return nil, err
	}
	if partitions == nil {
		partitions = session.Sorted(found)
	}
	offsets := []any{}
	for _, partition := range partitions {
		offset, known := found[partition]
		switch {
		case known && offset.Error != nil:
			offsets = append(offsets, partition.With(names.Item(offset.Error)))
		case !known || offset.CommittedOffset < 0:
			offsets = append(offsets, partition.With(nil))
		default:
			offsets = append(offsets, partition.With(offset.CommittedOffset, offset.Metadata))
		}
	}
	return session.Answer{"offsets": offsets}, nil
}

func commitOffsets(
	ctx context.Context, client *kafka.Client, commit *kafka.OffsetCommitRequest,
) (map[session.Partition]error, error) {
	var answer *kafka.OffsetCommitResponse
	err := patiently(ctx, func() (err error) {
		answer, err = client.OffsetCommit(ctx, commit)
		return err
	})
	if err != nil {
		return nil, err
	}
	committed := map[session.Partition]error{}
	for topic, partitions := range answer.Topics {
		for _, partition := range partitions {
			committed[place(topic, partition.Partition)] = partition.Error
		}
	}
	return committed, nil
}

// listOffsets asks partition by partition: one that fails would else fail all.
func listOffsets(ctx context.Context, client *kafka.Client, asked session.Listing) (session.Answer, error) {
	offsets := []any{}
	for _, partition := range asked.Partitions {
		row, err := listOffset(ctx, client, partition, asked)
		var refused *session.Error
		switch {
		case errors.As(err, &refused):
			return nil, err
		case err != nil:
			row = partition.With(names.Item(err))
		}
		offsets = append(offsets, row)
	}
	return session.Answer{"offsets": offsets}, nil
}

func listOffset(
	ctx context.Context, client *kafka.Client, partition session.Partition, asked session.Listing,
) ([]any, error) {
	number := int(partition.Partition)
	query, known := map[string]kafka.OffsetRequest{
		"earliest": kafka.FirstOffsetOf(number), "latest": kafka.LastOffsetOf(number),
		"": kafka.TimeOffsetOf(number, time.UnixMilli(asked.At.Milliseconds)),
	}[asked.At.Name]
	if !known {
		return nil, session.Unsupported("at " + asked.At.Name)
	}
	request := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{partition.Topic: {query}}}
	if asked.Isolation == "read_committed" {
		request.IsolationLevel = kafka.ReadCommitted
	}
	answer, err := client.ListOffsets(ctx, request)
	if err != nil {
		return nil, err
	}
	for _, found := range answer.Topics[partition.Topic] {
		switch {
		case found.Error != nil:
			return nil, found.Error
		case asked.At.Name == "earliest":
			return partition.With(found.FirstOffset), nil
		case asked.At.Name == "latest":
			return partition.With(found.LastOffset), nil
		}
		for offset, at := range found.Offsets {
			if offset >= 0 {
				return partition.With(offset, at.UnixMilli()), nil
			}
		}
		return partition.With(nil), nil
	}
	return nil, kafka.UnknownTopicOrPartition
}
