package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

// member is in a ConsumerGroup: for each generation it reads what it is assigned, until the generation ends.
type member struct {
	owner  *consumer
	group  *kafka.ConsumerGroup
	cancel context.CancelFunc
	ended  chan struct{}

	lock       sync.Mutex
	generation *kafka.Generation
}

func (consumer *consumer) subscribe(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked session.Subscribing
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	switch {
	case asked.Pattern != "":
		return nil, session.Unsupported("pattern")
	case consumer.settings.Group == "":
		return nil, session.Unsupported("subscribe without a group")
	}
	if err := consumer.stop(); err != nil {
		return nil, err
	}
	settings := consumer.settings
	config := kafka.ConsumerGroupConfig{
		ID: settings.Group, Brokers: consumer.base.start.Bootstrap, Dialer: consumer.base.dialer(consumer.cable),
		Topics: asked.Topics, StartOffset: consumer.start(), ErrorLogger: complaints,
		SessionTimeout: settings.SessionTimeout.Duration(), HeartbeatInterval: settings.Heartbeat.Duration(),
		RebalanceTimeout: settings.RebalanceTimeout.Duration(), JoinGroupBackoff: soon,
		WatchPartitionChanges: true, PartitionWatchInterval: time.Second,
	}
	switch settings.Assignor {
	case "range":
		config.GroupBalancers = []kafka.GroupBalancer{kafka.RangeGroupBalancer{}}
	case "roundrobin":
		config.GroupBalancers = []kafka.GroupBalancer{kafka.RoundRobinGroupBalancer{}}
	}
	group, err := kafka.NewConsumerGroup(config)
	if err != nil {
		return nil, session.Invalid(err.Error())
	}
	ctx, cancel := context.WithCancel(context.Background())
	consumer.member = &member{owner: consumer, group: group, cancel: cancel, ended: make(chan struct{})}
	go consumer.member.run(ctx)
	return nil, nil
}

func (m *member) run(ctx context.Context) {
	defer close(m.ended)
	for ctx.Err() == nil {
		generation, err := m.group.Next(ctx)
		if err != nil {
			if ctx.Err() == nil && !passes(err) {
				m.owner.inbox.Fail(err)
			}
			time.Sleep(soon)
			continue
		}
		m.begin(generation)
	}
}

// passes tells of what is over at one of the next attempts: a coordinator that is not there yet, a generation that has
// ended, a connection that was lost. kafka-go's own Reader joins again too.
func passes(err error) bool {
	var coded kafka.Error
	if !errors.As(err, &coded) || coded.Temporary() {
		return true
	}
	return coded == kafka.RebalanceInProgress || coded == kafka.UnknownMemberId || coded == kafka.IllegalGeneration
}

// begin reads in goroutines that the generation waits for when it ends.
func (m *member) begin(generation *kafka.Generation) {
	m.lock.Lock()
	m.generation = generation
	m.lock.Unlock()
	var owned []session.Partition
	for topic, partitions := range generation.Assignments {
		for _, partition := range partitions {
			owned = append(owned, place(topic, partition.ID))
		}
	}
	m.owner.events.Tell("assigned", owned)
	generation.Start(func(ctx context.Context) {
		for topic, partitions := range generation.Assignments {
			for _, partition := range partitions {
				if err := m.owner.read(ctx, place(topic, partition.ID), partition.Offset); err != nil {
					m.owner.inbox.Fail(err)
				}
			}
		}
		<-ctx.Done()
		m.lock.Lock()
		m.generation = nil
		m.lock.Unlock()
		m.owner.stopReading(owned...)
		m.owner.events.Tell("revoked", owned)
	})
}

func (m *member) now() *kafka.Generation {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.generation
}

func (m *member) leave() error {
	m.cancel()
	err := m.group.Close()
	<-m.ended
	return err
}
