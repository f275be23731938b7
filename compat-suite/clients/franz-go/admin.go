package main

import (
	"context"
	"errors"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// admin is kadm, and below it the client whose own requests serve where kadm has no call, or leaves out what is asked.
type admin struct {
	*client
	base *base
	kadm *kadm.Client
}

func newAdmin(base *base) (*admin, error) {
	client, err := base.open()
	if err != nil {
		return nil, err
	}
	return &admin{client, base, kadm.NewClient(client.Client)}, nil
}

func (admin *admin) calls() map[string]session.Verb {
	return map[string]session.Verb{
		"create-topics":         admin.createTopics,
		"delete-topics":         admin.deleteTopics,
		"list-topics":           admin.listTopics,
		"describe-topics":       admin.describeTopics,
		"create-partitions":     admin.createPartitions,
		"delete-records":        admin.deleteRecords,
		"list-offsets":          admin.listOffsets,
		"describe-configs":      admin.describeConfigs,
		"alter-configs":         admin.alterConfigs,
		"replace-configs":       admin.replaceConfigs,
		"list-config-resources": admin.listConfigResources,
		"list-groups":           admin.listGroups,
		"describe-groups":       admin.describeGroups,
		"delete-groups":         admin.deleteGroups,
		"remove-members":        admin.removeMembers,
		"list-group-offsets":    admin.listGroupOffsets,
		"alter-group-offsets":   admin.alterGroupOffsets,
		"delete-group-offsets":  admin.deleteGroupOffsets,
		"describe-cluster":      admin.describeCluster,
		"describe-log-dirs":     admin.describeLogDirs,
		"elect-leaders":         admin.electLeaders,
		"reassign":              admin.reassign,
		"list-reassignments":    admin.listReassignments,
		"describe-features":     admin.describeFeatures,
		"update-features":       admin.updateFeatures,
		"describe-quorum":       admin.describeQuorum,
		"describe-producers":    admin.describeProducers,
		"list-transactions":     admin.listTransactions,
		"describe-transactions": admin.describeTransactions,
		"abort-transaction":     admin.abortTransaction,
		"create-acls":           admin.createACLs,
		"describe-acls":         admin.describeACLs,
		"delete-acls":           admin.deleteACLs,
		"describe-scram":        admin.describeSCRAM,
		"alter-scram":           admin.alterSCRAM,
		"describe-quotas":       admin.describeQuotas,
		"alter-quotas":          admin.alterQuotas,
		"create-token":          admin.createToken,
		"describe-tokens":       admin.describeTokens,
		"renew-token":           admin.renewToken,
		"expire-token":          admin.expireToken,
	}
}

// explained is an error with the server's own words about it.
func explained(err error, message string) error {
	if err == nil || message == "" {
		return err
	}
	return &session.Error{Name: names.Of(err).Name, Message: message}
}

// coded is the error of a code, with the server's own words about it.
func coded(code int16, message *string) error {
	if err := kerr.ErrorForCode(code); err != nil && message != nil {
		return explained(err, *message)
	}
	return kerr.ErrorForCode(code)
}

// whole is why a call failed as a whole: one that failed for some brokers only has results of the others.
func whole(ctx context.Context, err error) error {
	var shards *kadm.ShardErrors
	if errors.As(err, &shards) {
		if !shards.AllFailed || len(shards.Errs) == 0 {
			return nil
		}
		err = shards.Errs[0].Err
	}
	return orTimedOut(ctx, err)
}

// results answer a call over several items.
func results(items map[string]any) session.Answer { return session.Answer{"results": items} }

// rows are what a call says of partitions, in their order.
func rows(values map[session.Partition]any) []any {
	list := []any{}
	for _, partition := range session.Sorted(values) {
		list = append(list, partition.With(values[partition]))
	}
	return list
}

func setOf(partitions []session.Partition) kadm.TopicsSet {
	if partitions == nil {
		return nil
	}
	set := kadm.TopicsSet{}
	for _, partition := range partitions {
		set.Add(partition.Topic, partition.Partition)
	}
	return set
}

func fromSet(set kadm.TopicsSet) []session.Partition {
	partitions := map[session.Partition]struct{}{}
	for topic, numbers := range set {
		for number := range numbers {
			partitions[session.Partition{Topic: topic, Partition: number}] = struct{}{}
		}
	}
	return session.Sorted(partitions)
}
