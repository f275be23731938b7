// sarama, driven by the contract of the suite. SARAMA_VERSION is the version of Kafka that it takes the server for.
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
	base := &base{start: start}
	admin := &admin{base: base}
	producers := &session.Handles[*producer]{Kind: "producer", Open: base.openProducer}
	consumers := &session.Handles[*consumer]{Kind: "consumer", Open: base.openConsumer}
	return &session.Driver{
		Client: "sarama",
		Module: "github.com/IBM/sarama",
		Name:   names,
		Verbs:  verbs(admin, producers, consumers),
		Admin:  admin.calls(),
		Reset: func() {
			producers.Reset()
			consumers.Reset()
		},
	}, nil
}

func verbs(
	admin *admin, producers *session.Handles[*producer], consumers *session.Handles[*consumer],
) map[string]session.Verb {
	return map[string]session.Verb{
		"send":           session.On(producers, (*producer).send),
		"init":           session.On(producers, (*producer).init),
		"begin":          session.On(producers, (*producer).begin),
		"commit":         session.On(producers, (*producer).commit),
		"abort":          session.On(producers, (*producer).abort),
		"send-offsets":   sendOffsets(producers, consumers),
		"subscribe":      session.On(consumers, (*consumer).subscribe),
		"unsubscribe":    session.On(consumers, (*consumer).unsubscribe),
		"assign":         session.On(consumers, (*consumer).assign),
		"poll":           session.On(consumers, (*consumer).poll),
		"assignment":     session.On(consumers, (*consumer).assignment),
		"seek":           session.On(consumers, (*consumer).seek),
		"pause":          session.On(consumers, (*consumer).pause),
		"resume":         session.On(consumers, (*consumer).resume),
		"position":       session.On(consumers, (*consumer).position),
		"commit-offsets": session.On(consumers, (*consumer).commitOffsets),
		"committed":      session.On(consumers, (*consumer).committed),
		"offsets":        session.On(consumers, (*consumer).listOffsets),
		"metadata":       admin.metadata,
		"close":          session.Closing(producers, consumers),
	}
}
