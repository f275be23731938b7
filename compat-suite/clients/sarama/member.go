package main

import (
	"context"
	"sync"
	"time"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

// refusalTime is how long a refused commit may take to be told of.
const refusalTime = 2 * time.Second

// member is what sarama calls a handler: one claim, in a goroutine of its own, for each partition.
type member struct {
	owner  *consumer
	group  sarama.ConsumerGroup
	topics []string
	cancel context.CancelFunc
	ended  chan struct{}

	lock     sync.Mutex
	session  sarama.ConsumerGroupSession // of the moment
	failures []error                     // that sarama told of since the last commit
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
	group, err := sarama.NewConsumerGroupFromClient(consumer.settings.Group, consumer.client)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	consumer.member = &member{
		owner: consumer, group: group, topics: asked.Topics, cancel: cancel, ended: make(chan struct{}),
	}
	go consumer.member.watch()
	go consumer.member.run(ctx)
	return nil, nil
}

func (m *member) run(ctx context.Context) {
	defer close(m.ended)
	for ctx.Err() == nil {
		err := m.group.Consume(ctx, m.topics, m)
		if err != nil && ctx.Err() == nil {
			m.owner.inbox.Fail(err)
			time.Sleep(200 * time.Millisecond)
		}
	}
}

func (m *member) watch() {
	for err := range m.group.Errors() {
		m.lock.Lock()
		m.failures = append(m.failures, err)
		m.lock.Unlock()
	}
}

func (m *member) Setup(current sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.session = current
	var claims []session.Partition
	for topic, partitions := range current.Claims() {
		for _, partition := range partitions {
			claims = append(claims, session.Partition{Topic: topic, Partition: partition})
		}
	}
	m.owner.events.Tell("assigned", claims)
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.session = nil
	m.lose(m.owner.events.Owned()...)
	return nil
}

func (m *member) lose(partitions ...session.Partition) {
	if len(partitions) > 0 {
		m.owner.inbox.Drop(partitions...)
		m.owner.events.Tell("revoked", partitions)
	}
}

// ConsumeClaim begins and ends with the claim. Within a session, as cooperative members have it, nothing else tells.
func (m *member) ConsumeClaim(current sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	partition := session.Partition{Topic: claim.Topic(), Partition: claim.Partition()}
	if !m.owner.events.Owns(partition) {
		m.owner.events.Tell("assigned", []session.Partition{partition})
	}
	for message := range claim.Messages() {
		m.owner.inbox.Put(current.Context(), received(message))
	}
	if current.Context().Err() == nil {
		m.lose(partition)
	}
	return nil
}

func (m *member) mark(partition session.Partition, offset int64, metadata string) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.session != nil {
		m.session.MarkOffset(partition.Topic, partition.Partition, offset, metadata)
		m.session.ResetOffset(partition.Topic, partition.Partition, offset, metadata)
	}
}

// commit marks and commits; sarama tells errors of it only in passing.
func (m *member) commit(offsets []session.Offset, metadata string) error {
	m.lock.Lock()
	current := m.session
	m.failures = nil
	m.lock.Unlock()
	if current == nil {
		return sarama.ErrRebalanceInProgress
	}
	for _, offset := range offsets {
		m.mark(offset.Partition, offset.Offset, metadata)
	}
	current.Commit()
	// What failed is told a moment later, by another goroutine: wait for that, unless the offsets are there.
	for deadline := time.Now().Add(refusalTime); ; time.Sleep(10 * time.Millisecond) {
		if err := m.failure(); err != nil {
			return err
		}
		if time.Now().After(deadline) || m.owner.holds(offsets, metadata) {
			return m.failure()
		}
	}
}

func (m *member) failure() error {
	m.lock.Lock()
	defer m.lock.Unlock()
	if len(m.failures) > 0 {
		return m.failures[0]
	}
	return nil
}

// identity is who commits within a transaction.
func (consumer *consumer) identity() *sarama.ConsumerGroupMetadata {
	metadata := sarama.NewConsumerGroupMetadata(consumer.settings.Group)
	if consumer.member == nil {
		return metadata
	}
	consumer.member.lock.Lock()
	defer consumer.member.lock.Unlock()
	if current := consumer.member.session; current != nil {
		metadata.MemberID, metadata.GenerationID = current.MemberID(), current.GenerationID()
		if consumer.settings.Instance != "" {
			metadata.GroupInstanceID = &consumer.settings.Instance
		}
	}
	return metadata
}

func (m *member) leave() error {
	m.cancel()
	err := m.group.Close()
	<-m.ended
	return err
}
