package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"os"
	"strings"
	"time"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// base is what all clients of a session have in common.
type base struct {
	start      session.Start
	mechanism  sasl.Mechanism
	encryption *tls.Config
}

var complaints = log.New(os.Stderr, "", log.LstdFlags)

func newBase(start session.Start) (*base, error) {
	base := &base{start: start}
	security := start.Security
	var err error
	if security.Encrypted() {
		if base.encryption, err = security.TLS(); err != nil {
			return nil, err
		}
	}
	if !security.Authenticated() {
		return base, nil
	}
	switch strings.ToUpper(security.Mechanism) {
	case "PLAIN":
		base.mechanism = plain.Mechanism{Username: security.Username, Password: security.Password}
	case "SCRAM-SHA-256":
		base.mechanism, err = scram.Mechanism(scram.SHA256, security.Username, security.Password)
	case "SCRAM-SHA-512":
		base.mechanism, err = scram.Mechanism(scram.SHA512, security.Username, security.Password)
	default:
		err = session.Unsupported("mechanism " + security.Mechanism)
	}
	return base, err
}

// transport makes the connections of Writers and Clients.
func (base *base) transport(cable *session.Cable) *kafka.Transport {
	return &kafka.Transport{
		Dial: cable.DialContext, ClientID: base.start.ClientID, TLS: base.encryption, SASL: base.mechanism,
		// Topics come and go quickly in scenarios. No sooner: it is also how long the server has for an answer.
		MetadataTTL: 5 * time.Second,
	}
}

// dialer makes the connections of Readers and ConsumerGroups.
func (base *base) dialer(cable *session.Cable) *kafka.Dialer {
	return &kafka.Dialer{
		DialFunc: cable.DialContext, ClientID: base.start.ClientID, TLS: base.encryption, SASLMechanism: base.mechanism,
		Timeout: 10 * time.Second,
	}
}

func (base *base) client(cable *session.Cable) *kafka.Client {
	return &kafka.Client{
		Addr: kafka.TCP(base.start.Bootstrap...), Timeout: 15 * time.Second, Transport: base.transport(cable),
	}
}

var names = session.Naming(func(err error) string {
	var coded kafka.Error
	if errors.As(err, &coded) {
		return session.CodeName(int(coded))
	}
	return ""
})

// patiently tries again while a coordinator is being found, as on a server that has had no group yet.
func patiently(ctx context.Context, act func() error) error {
	for {
		err := act()
		waits := errors.Is(err, kafka.GroupCoordinatorNotAvailable) || errors.Is(err, kafka.GroupLoadInProgress) ||
			errors.Is(err, kafka.NotCoordinatorForGroup)
		if !waits || ctx.Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// ints are numbers as kafka-go has them.
func ints(numbers []int32) []int {
	list := []int{}
	for _, number := range numbers {
		list = append(list, int(number))
	}
	return list
}

func byTopic(partitions []session.Partition) map[string][]int {
	topics := map[string][]int{}
	for _, partition := range partitions {
		topics[partition.Topic] = append(topics[partition.Topic], int(partition.Partition))
	}
	return topics
}

func place(topic string, partition int) session.Partition {
	return session.Partition{Topic: topic, Partition: int32(partition)}
}

// rows are what a call says of partitions, in their order.
func rows(values map[session.Partition]any) []any {
	list := []any{}
	for _, partition := range session.Sorted(values) {
		list = append(list, partition.With(values[partition]))
	}
	return list
}
