package main

import (
	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

type consumerSettings struct {
	Group             string
	Instance          string
	Reset             string
	Isolation         string
	Protocol          string
	Assignor          string
	SessionTimeout    session.Milliseconds  `json:"session_timeout_ms"`
	Heartbeat         session.Milliseconds  `json:"heartbeat_ms"`
	RebalanceTimeout  *session.Milliseconds `json:"rebalance_timeout_ms"`
	AutoCommit        bool                  `json:"auto_commit"`
	AutoCommitEvery   *session.Milliseconds `json:"auto_commit_ms"`
	MinBytes          *int32                `json:"min_bytes"`
	MaxWait           *session.Milliseconds `json:"max_wait_ms"`
	MaxBytes          *int32                `json:"max_bytes"`
	PartitionMaxBytes *int32                `json:"partition_max_bytes"`
	Rack              string
	AutoCreate        bool `json:"auto_create"`
}

func (settings consumerSettings) configure(config *sarama.Config) error {
	config.RackID = settings.Rack
	config.Metadata.AllowAutoTopicCreation = settings.AutoCreate
	own := &config.Consumer
	own.Return.Errors = true
	switch settings.Reset {
	case "earliest":
		own.Offsets.Initial = sarama.OffsetOldest
		own.Group.ResetInvalidOffsets = true
	case "latest":
		own.Offsets.Initial = sarama.OffsetNewest
	default:
		return session.Unsupported("reset " + settings.Reset)
	}
	switch settings.Isolation {
	case "", "read_uncommitted":
	case "read_committed":
		own.IsolationLevel = sarama.ReadCommitted
	default:
		return session.Invalid("isolation " + settings.Isolation)
	}
	own.Offsets.AutoCommit.Enable = settings.AutoCommit
	if settings.AutoCommitEvery != nil {
		own.Offsets.AutoCommit.Interval = settings.AutoCommitEvery.Duration()
	}
	if settings.MinBytes != nil {
		own.Fetch.Min = *settings.MinBytes
	}
	if settings.MaxWait != nil {
		own.MaxWaitTime = settings.MaxWait.Duration()
	}
	if settings.MaxBytes != nil {
		own.Fetch.MaxBytes = *settings.MaxBytes
	}
	if settings.PartitionMaxBytes != nil {
		own.Fetch.Default = *settings.PartitionMaxBytes
	}
	return settings.configureGroup(config)
}

func (settings consumerSettings) configureGroup(config *sarama.Config) error {
	own := &config.Consumer.Group
	if settings.Protocol != "classic" {
		return session.Unsupported("protocol " + settings.Protocol)
	}
	own.Session.Timeout = settings.SessionTimeout.Duration()
	own.Heartbeat.Interval = settings.Heartbeat.Duration()
	if settings.Instance != "" && !config.Version.IsAtLeast(sarama.V2_3_0_0) {
		return session.Unsupported("instance")
	}
	own.InstanceId = settings.Instance
	if settings.RebalanceTimeout != nil {
		own.Rebalance.Timeout = settings.RebalanceTimeout.Duration()
	}
	if settings.Assignor == "" {
		return nil
	}
	strategy, known := map[string]sarama.BalanceStrategy{
		"range": sarama.NewBalanceStrategyRange(), "roundrobin": sarama.NewBalanceStrategyRoundRobin(),
		"sticky": sarama.NewBalanceStrategySticky(), "cooperative-sticky": sarama.NewBalanceStrategyCooperativeSticky(),
	}[settings.Assignor]
	if !known || settings.Assignor == "cooperative-sticky" && !config.Version.IsAtLeast(sarama.V2_4_0_0) {
		return session.Unsupported("assignor " + settings.Assignor)
	}
	own.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy}
	return nil
}
