package main

import (
	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kgo"
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
	MaxPollRecords    int                   `json:"max_poll_records"`
	Rack              string
	CheckCRCs         *bool `json:"check_crcs"`
	AutoCreate        bool  `json:"auto_create"`
}

// options are those that count with a group and without.
func (settings consumerSettings) options() ([]kgo.Opt, error) {
	var options []kgo.Opt
	if settings.Protocol == "share" && settings.Reset != "" { // a setting of the group, not of its members
		return nil, session.Unsupported("reset of a share group")
	}
	start, err := settings.start()
	if err != nil {
		return nil, err
	}
	if settings.Protocol != "share" {
		options = append(options, kgo.ConsumeStartOffset(start), kgo.ConsumeResetOffset(settings.recovery(start)))
	}
	switch settings.Isolation {
	case "", "read_uncommitted":
	case "read_committed":
		options = append(options, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	default:
		return nil, session.Invalid("isolation " + settings.Isolation)
	}
	if settings.MinBytes != nil {
		options = append(options, kgo.FetchMinBytes(*settings.MinBytes))
	}
	if settings.MaxWait != nil {
		options = append(options, kgo.FetchMaxWait(settings.MaxWait.Duration()))
	}
	if settings.MaxBytes != nil {
		options = append(options, kgo.FetchMaxBytes(*settings.MaxBytes))
	}
	if settings.PartitionMaxBytes != nil {
		options = append(options, kgo.FetchMaxPartitionBytes(*settings.PartitionMaxBytes))
	}
	if settings.Rack != "" {
		options = append(options, kgo.Rack(settings.Rack))
	}
	if settings.CheckCRCs != nil && !*settings.CheckCRCs {
		options = append(options, kgo.DisableFetchCRCValidation())
	}
	if settings.AutoCreate {
		options = append(options, kgo.AllowAutoTopicCreation())
	}
	return options, nil
}

// start is where to read what has no committed offset.
func (settings consumerSettings) start() (kgo.Offset, error) {
	switch settings.Reset {
	case "", "earliest":
		return kgo.NewOffset().AtStart(), nil
	case "latest":
		return kgo.NewOffset().AtEnd(), nil
	case "none":
		return kgo.NewOffset().AtCommitted(), nil
	default:
		return kgo.Offset{}, session.Invalid("reset " + settings.Reset)
	}
}

// recovery is where to go on when an offset is out of range.
func (settings consumerSettings) recovery(start kgo.Offset) kgo.Offset {
	if settings.Reset == "none" {
		return kgo.NoResetOffset()
	}
	return start
}

// groupOptions are those of a member of a consumer group.
func (settings consumerSettings) groupOptions() ([]kgo.Opt, error) {
	options := []kgo.Opt{
		kgo.ConsumerGroup(settings.Group),
		kgo.SessionTimeout(settings.SessionTimeout.Duration()),
		kgo.HeartbeatInterval(settings.Heartbeat.Duration()),
	}
	if settings.Instance != "" {
		options = append(options, kgo.InstanceID(settings.Instance))
	}
	if settings.RebalanceTimeout != nil {
		options = append(options, kgo.RebalanceTimeout(settings.RebalanceTimeout.Duration()))
	}
	if !settings.AutoCommit {
		options = append(options, kgo.DisableAutoCommit())
	}
	if settings.AutoCommitEvery != nil {
		options = append(options, kgo.AutoCommitInterval(settings.AutoCommitEvery.Duration()))
	}
	return settings.balancing(options)
}

func (settings consumerSettings) balancing(options []kgo.Opt) ([]kgo.Opt, error) {
	var balancers map[string]kgo.GroupBalancer
	assignor := settings.Assignor
	switch settings.Protocol {
	case "classic":
		if assignor == "" {
			return options, nil
		}
		balancers = map[string]kgo.GroupBalancer{
			"range": kgo.RangeBalancer(), "roundrobin": kgo.RoundRobinBalancer(), "sticky": kgo.StickyBalancer(),
			"cooperative-sticky": kgo.CooperativeStickyBalancer(),
		}
	case "consumer": // franz-go chooses the server's assignor by the likeness to its own
		options = append(options, kgo.ServerSideBalancer())
		balancers = map[string]kgo.GroupBalancer{
			"": kgo.StickyBalancer(), "uniform": kgo.StickyBalancer(), "range": kgo.RangeBalancer(),
		}
	default:
		return nil, session.Unsupported("protocol " + settings.Protocol)
	}
	balancer, known := balancers[assignor]
	if !known {
		return nil, session.Unsupported("assignor " + assignor)
	}
	return append(options, kgo.Balancers(balancer)), nil
}
