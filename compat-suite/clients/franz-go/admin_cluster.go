package main

import (
	"context"
	"slices"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func (admin *admin) describeCluster(ctx context.Context, request *session.Request) (session.Answer, error) {
	if err := request.Into(&struct{}{}); err != nil {
		return nil, err
	}
	found, err := admin.kadm.BrokerMetadata(ctx)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	return session.Answer{"cluster": found.Cluster, "controller": found.Controller, "brokers": brokers(found)}, nil
}

func (admin *admin) describeLogDirs(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Brokers []int32 }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	logs := []any{}
	tell := func(partition kadm.DescribedLogDirPartition) {
		logs = append(logs, []any{partition.Broker, partition.Topic, partition.Partition, partition.Size})
	}
	if asked.Brokers == nil {
		found, err := admin.kadm.DescribeAllLogDirs(ctx, nil)
		if err := whole(ctx, err); err != nil {
			return nil, err
		}
		for _, directories := range found {
			directories.EachPartition(tell)
		}
	}
	for _, broker := range asked.Brokers {
		found, err := admin.kadm.DescribeBrokerLogDirs(ctx, broker, nil)
		if err := whole(ctx, err); err != nil {
			return nil, err
		}
		found.EachPartition(tell)
	}
	return session.Answer{"logs": logs}, nil
}

func (admin *admin) electLeaders(ctx context.Context, request *session.Request) (session.Answer, error) {
	asked := struct {
		Partitions []session.Partition
		Kind       string
	}{Kind: "preferred"}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	how, known := map[string]kadm.ElectLeadersHow{
		"preferred": kadm.ElectPreferredReplica, "unclean": kadm.ElectLiveReplica,
	}[asked.Kind]
	if !known {
		return nil, session.Unsupported("kind " + asked.Kind)
	}
	answer, err := admin.kadm.ElectLeaders(ctx, how, setOf(asked.Partitions))
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	elected := map[session.Partition]any{}
	for topic, partitions := range answer {
		for partition, each := range partitions {
			place := session.Partition{Topic: topic, Partition: partition}
			elected[place] = names.Item(explained(each.Err, each.ErrMessage))
		}
	}
	return session.Answer{"partitions": rows(elected)}, nil
}

func (admin *admin) reassign(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Assignments []session.Assignment }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	var wanted kadm.AlterPartitionAssignmentsReq
	for _, each := range asked.Assignments {
		if each.Replicas == nil {
			wanted.CancelAssign(each.Topic, each.Partition.Partition)
		} else {
			wanted.Assign(each.Topic, each.Partition.Partition, each.Replicas)
		}
	}
	answer, err := admin.kadm.AlterPartitionAssignments(ctx, wanted)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	reassigned := map[session.Partition]any{}
	for _, each := range answer.Sorted() {
		place := session.Partition{Topic: each.Topic, Partition: each.Partition}
		reassigned[place] = names.Item(explained(each.Err, each.ErrMessage))
	}
	return session.Answer{"partitions": rows(reassigned)}, nil
}

// listReassignments asks itself: kadm lists only those of topics that are named.
func (admin *admin) listReassignments(ctx context.Context, request *session.Request) (session.Answer, error) {
	if err := request.Into(&struct{}{}); err != nil {
		return nil, err
	}
	answer, err := kmsg.NewPtrListPartitionReassignmentsRequest().RequestWith(ctx, admin.Client)
	if err == nil {
		err = coded(answer.ErrorCode, answer.ErrorMessage)
	}
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	found := map[session.Partition]any{}
	for _, topic := range answer.Topics {
		for _, each := range topic.Partitions {
			found[session.Partition{Topic: topic.Topic, Partition: each.Partition}] = map[string]any{
				"replicas": each.Replicas, "adding": each.AddingReplicas, "removing": each.RemovingReplicas,
			}
		}
	}
	return session.Answer{"partitions": rows(found)}, nil
}

func (admin *admin) describeQuorum(ctx context.Context, request *session.Request) (session.Answer, error) {
	if err := request.Into(&struct{}{}); err != nil {
		return nil, err
	}
	describe := kmsg.NewPtrDescribeQuorumRequest()
	describe.Topics = []kmsg.DescribeQuorumRequestTopic{{
		Topic: "__cluster_metadata", Partitions: []kmsg.DescribeQuorumRequestTopicPartition{{}},
	}}
	answer, err := describe.RequestWith(ctx, admin.Client)
	if err == nil {
		err = coded(answer.ErrorCode, answer.ErrorMessage)
	}
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	found := answer.Topics[0].Partitions[0]
	if err := coded(found.ErrorCode, found.ErrorMessage); err != nil {
		return nil, err
	}
	return session.Answer{
		"leader": found.LeaderID, "epoch": found.LeaderEpoch,
		"voters": replicas(found.CurrentVoters), "observers": replicas(found.Observers),
	}, nil
}

func replicas(states []kmsg.DescribeQuorumResponseTopicPartitionReplicaState) []int32 {
	ids := []int32{}
	for _, each := range states {
		ids = append(ids, each.ReplicaID)
	}
	slices.Sort(ids)
	return ids
}

func (admin *admin) describeProducers(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Partitions []session.Partition }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	answer, err := admin.kadm.DescribeProducers(ctx, setOf(asked.Partitions))
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	producers := []any{}
	for _, partition := range asked.Partitions {
		found, answered := answer[partition.Topic].Partitions[partition.Partition]
		if !answered {
			found.Err = kerr.UnknownTopicOrPartition
		}
		active := []any{}
		for _, each := range found.ActiveProducers.Sorted() {
			active = append(active, map[string]any{
				"producer_id": each.ProducerID, "epoch": each.ProducerEpoch, "last_sequence": each.LastSequence,
				"last_timestamp": each.LastTimestamp, "coordinator_epoch": each.CoordinatorEpoch,
				"transaction_start": each.CurrentTxnStartOffset,
			})
		}
		producers = append(producers, partition.With(names.Or(explained(found.Err, found.ErrMessage), active)))
	}
	return session.Answer{"producers": producers}, nil
}
