// kafka-go, driven by the contract of the suite: its Writer, its Reader, its ConsumerGroup and its Client.
package main

import (
	"fmt"
	"os"

	"compat-suite/contract"
	"compat-suite/contract/session"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "session" {
		if err := session.Serve(os.Args[2:], open); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	contract.Run(commands)
}

func open(start session.Start) (*session.Driver, error) {
	base, err := newBase(start)
	if err != nil {
		return nil, err
	}
	admin := &admin{base.client(&session.Cable{}), base}
	producers := &session.Handles[*producer]{Kind: "producer", Open: base.openProducer}
	consumers := &session.Handles[*consumer]{Kind: "consumer", Open: base.openConsumer}
	return &session.Driver{
		Client: "kafka-go",
		Module: "github.com/segmentio/kafka-go",
		Name:   names,
		Verbs: map[string]session.Verb{
			"send":           session.On(producers, (*producer).send),
			"subscribe":      session.On(consumers, (*consumer).subscribe),
			"unsubscribe":    session.On(consumers, (*consumer).unsubscribe),
			"assign":         session.On(consumers, (*consumer).assign),
			"poll":           session.On(consumers, (*consumer).poll),
			"assignment":     session.On(consumers, (*consumer).assignment),
			"seek":           session.On(consumers, (*consumer).seek),
			"position":       session.On(consumers, (*consumer).position),
			"commit-offsets": session.On(consumers, (*consumer).commitOffsets),
			"committed":      session.On(consumers, (*consumer).committed),
			"offsets":        session.On(consumers, (*consumer).listOffsets),
			"metadata":       admin.metadata,
			"close":          session.Closing(producers, consumers),
		},
		Admin: admin.calls(),
		Reset: func() {
			producers.Reset()
			consumers.Reset()
		},
	}, nil
}
