package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// base is what all clients of a session have in common.
type base struct {
	options  []kgo.Opt
	security session.Security
}

func newBase(start session.Start) (*base, error) {
	mechanism, err := mechanism(start.Security)
	if err != nil {
		return nil, err
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(start.Bootstrap...),
		kgo.ClientID(start.ClientID),
		kgo.WithLogger(kgo.BasicLogger(os.Stderr, kgo.LogLevelInfo, nil)),
		// Topics come and go quickly in scenarios.
		kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.MetadataMaxAge(2 * time.Second),
	}
	if mechanism != nil {
		options = append(options, kgo.SASL(mechanism))
	}
	return &base{options, start.Security}, nil
}

func mechanism(security session.Security) (sasl.Mechanism, error) {
	if !security.Authenticated() {
		return nil, nil
	}
	switch strings.ToUpper(security.Mechanism) {
	case "PLAIN":
		return plain.Auth{User: security.Username, Pass: security.Password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: security.Username, Pass: security.Password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: security.Username, Pass: security.Password}.AsSha512Mechanism(), nil
	case "OAUTHBEARER":
		return oauth.Auth{Token: security.Token}.AsMechanism(), nil
	default:
		return nil, session.Unsupported("mechanism " + security.Mechanism)
	}
}

// client is one of franz-go's, with the cable that it hangs on.
type client struct {
	*kgo.Client
	cable *session.Cable
}

func (base *base) open(options ...kgo.Opt) (*client, error) {
	cable := &session.Cable{}
	if base.security.Encrypted() {
		encryption, err := base.security.TLS()
		if err != nil {
			return nil, err
		}
		cable.Encryption = encryption
	}
	all := append(append([]kgo.Opt{kgo.Dialer(cable.DialContext)}, base.options...), options...)
	opened, err := kgo.NewClient(all...)
	if err != nil {
		return nil, session.Invalid(err.Error())
	}
	return &client{opened, cable}, nil
}

// close ends the client. An abandoned one is cut off first, so that it can't say goodbye.
func (client *client) close(how string) {
	if how == "abandon" {
		client.cable.Cut()
		go client.CloseAllowingRebalance()
		return
	}
	client.CloseAllowingRebalance()
}

// Errors that franz-go has no type for, by how their texts begin.
var untyped = []struct{ text, name string }{
	{"partition has no prior committed offset", session.NoOffset},
	{"invalid ", session.InvalidArgument},
	{"cannot ", session.InvalidArgument},
	{"broker is too old", session.NotSupported},
}

var names = session.Naming(func(err error) string {
	var coded *kerr.Error
	switch {
	case errors.As(err, &coded):
		return session.CodeName(int(coded.Code))
	case errors.Is(err, kgo.ErrRecordTimeout), errors.Is(err, kgo.ErrRecordRetries):
		return session.TimedOut
	}
	for _, each := range untyped {
		if strings.HasPrefix(err.Error(), each.text) {
			return each.name
		}
	}
	return ""
})

// orTimedOut prefers the caller's deadline to what a client says when it has to stop.
func orTimedOut(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.DeadlineExceeded
	}
	return err
}

// patiently tries again while a coordinator is being found, as on a server that has had no group yet.
func patiently(ctx context.Context, act func() error) error {
	for {
		err := act()
		waits := errors.Is(err, kerr.CoordinatorNotAvailable) || errors.Is(err, kerr.CoordinatorLoadInProgress)
		if !waits || ctx.Err() != nil {
			return orTimedOut(ctx, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
