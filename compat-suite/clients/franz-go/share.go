package main

import (
	"context"
	"sync"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kgo"
)

// share is what a member of a share group holds: records that it has not acknowledged yet.
type share struct {
	isOn    bool
	held    map[session.Offset]*kgo.Record
	lock    sync.Mutex
	results []kgo.ShareAckResult
}

func (share *share) options(settings consumerSettings) []kgo.Opt {
	share.isOn, share.held = true, map[session.Offset]*kgo.Record{}
	options := []kgo.Opt{
		kgo.ShareGroup(settings.Group),
		kgo.ShareAckCallback(func(_ *kgo.Client, results kgo.ShareAckResults) {
			share.lock.Lock()
			defer share.lock.Unlock()
			share.results = append(share.results, results...)
		}),
	}
	if settings.MaxPollRecords > 0 {
		options = append(options, kgo.ShareMaxRecords(int32(settings.MaxPollRecords)))
	}
	return options
}

func (share *share) keep(record *kgo.Record) {
	if share.isOn {
		at := session.Partition{Topic: record.Topic, Partition: record.Partition}
		share.held[session.Offset{Partition: at, Offset: record.Offset}] = record
	}
}

func (consumer *consumer) acknowledge(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct {
		Offsets []session.Offset
		Type    string
	}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	status, known := map[string]kgo.AckStatus{
		"accept": kgo.AckAccept, "release": kgo.AckRelease, "reject": kgo.AckReject,
	}[asked.Type]
	if !known {
		return nil, session.Unsupported("type " + asked.Type)
	}
	for _, offset := range asked.Offsets {
		record, held := consumer.share.held[offset]
		if !held {
			return nil, session.Invalid("a record that was not polled, or is acknowledged")
		}
		record.Ack(status)
		delete(consumer.share.held, offset)
	}
	return nil, nil
}

// flush accepts what is held, as the next poll would, and sends all acknowledgements; its error is the first that the server has told since the last flush.
func (share *share) flush(ctx context.Context, client *client) error {
	if client == nil {
		return nil
	}
	for _, record := range share.held {
		record.Ack(kgo.AckAccept)
	}
	clear(share.held)
	if err := client.FlushAcks(ctx); err != nil {
		return orTimedOut(ctx, err)
	}
	share.lock.Lock()
	defer share.lock.Unlock()
	results := kgo.ShareAckResults(share.results)
	share.results = nil
	return results.Error()
}
