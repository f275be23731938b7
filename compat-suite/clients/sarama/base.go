package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
)

// base is what all clients of a session have in common.
type base struct {
	start session.Start
	plain *client
}

// client is one of sarama's, with the cable that it hangs on.
type client struct {
	sarama.Client
	cable *session.Cable
}

func (base *base) config() (*sarama.Config, error) {
	sarama.Logger = log.New(os.Stderr, "", log.LstdFlags)
	config := newConfig()
	config.ClientID = base.start.ClientID
	config.Metadata.RefreshFrequency = 5 * time.Second // topics come and go quickly in scenarios; each asks for all of them
	config.Metadata.AllowAutoTopicCreation = false
	security := base.start.Security
	if security.Encrypted() {
		encryption, err := security.TLS()
		if err != nil {
			return nil, err
		}
		config.Net.TLS.Enable, config.Net.TLS.Config = true, encryption
	}
	if !security.Authenticated() {
		return config, nil
	}
	sasl := &config.Net.SASL
	sasl.Enable, sasl.User, sasl.Password = true, security.Username, security.Password
	sasl.Mechanism = sarama.SASLMechanism(strings.ToUpper(security.Mechanism))
	switch sasl.Mechanism {
	case sarama.SASLTypePlaintext:
	case sarama.SASLTypeSCRAMSHA256:
		sasl.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &conversation{hash: scram.SHA256} }
	case sarama.SASLTypeSCRAMSHA512:
		sasl.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &conversation{hash: scram.SHA512} }
	case sarama.SASLTypeOAuth:
		sasl.TokenProvider = token(security.Token)
	default:
		return nil, session.Unsupported("mechanism " + security.Mechanism)
	}
	return config, nil
}

type token string

func (token token) Token() (*sarama.AccessToken, error) {
	return &sarama.AccessToken{Token: string(token)}, nil
}

// conversation is how sarama wants SCRAM: it brings none of its own.
type conversation struct {
	hash scram.HashGeneratorFcn
	*scram.ClientConversation
}

func (conversation *conversation) Begin(user, password, authorization string) error {
	client, err := conversation.hash.NewClient(user, password, authorization)
	if err != nil {
		return err
	}
	conversation.ClientConversation = client.NewConversation()
	return nil
}

func (base *base) open(config *sarama.Config) (*client, error) {
	cable := &session.Cable{}
	config.Net.Proxy.Enable, config.Net.Proxy.Dialer = true, cable
	opened, err := sarama.NewClient(base.start.Bootstrap, config)
	if err != nil {
		return nil, err
	}
	return &client{opened, cable}, nil
}

// shared is the client for what needs no handle of its own.
func (base *base) shared() (*client, error) {
	if base.plain != nil {
		return base.plain, nil
	}
	config, err := base.config()
	if err != nil {
		return nil, err
	}
	base.plain, err = base.open(config)
	return base.plain, err
}

var names = session.Naming(func(err error) string {
	var coded sarama.KError
	var refused sarama.ConfigurationError
	var unencodable sarama.PacketEncodingError
	switch {
	case errors.As(err, &refused) && strings.Contains(err.Error(), "requires Version"),
		errors.As(err, &coded) && coded == sarama.ErrUnsupportedVersion:
		return session.NotSupported
	case errors.As(err, &coded):
		return session.CodeName(int(coded))
	case errors.As(err, &refused), errors.As(err, &unencodable), errors.Is(err, sarama.ErrInvalidPartition):
		return session.InvalidArgument
	case errors.Is(err, sarama.ErrNonTransactedProducer), errors.Is(err, sarama.ErrTransitionNotAllowed):
		return session.InvalidArgument
	case errors.Is(err, sarama.ErrOutOfBrokers), errors.Is(err, sarama.ErrNotConnected):
		return session.Disconnected
	default:
		return ""
	}
})

// none is no error where sarama means it so: it makes code 0 one too.
func none(err error) error {
	if errors.Is(err, sarama.ErrNoError) {
		return nil
	}
	return err
}

// explained is an error with the server's own words about it.
func explained(code sarama.KError, message *string) error {
	if err := none(code); err != nil && message != nil && *message != "" {
		return fmt.Errorf("%w: %s", err, *message)
	}
	return none(code)
}
