package main

import (
	"net"
	"strconv"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

func address(broker *sarama.Broker) (host string, port int, rack *string) {
	host, text, _ := net.SplitHostPort(broker.Addr())
	port, _ = strconv.Atoi(text)
	if name := broker.Rack(); name != "" {
		rack = &name
	}
	return host, port, rack
}

// describeCluster asks the controller itself: the ClusterAdmin drops the id of the cluster.
func (admin *admin) describeCluster(own sarama.ClusterAdmin, _ struct{}) (session.Answer, error) {
	found, number, err := own.DescribeCluster()
	if err != nil {
		return nil, err
	}
	controller, err := own.Controller()
	if err != nil {
		return nil, err
	}
	client, err := admin.base.shared()
	if err != nil {
		return nil, err
	}
	answer, err := controller.GetMetadata(sarama.NewMetadataRequest(client.Config().Version, []string{}))
	if err != nil {
		return nil, err
	}
	return session.Answer{"cluster": answer.ClusterID, "controller": number, "brokers": brokers(found)}, nil
}

func (admin *admin) describeLogDirs(own sarama.ClusterAdmin, asked struct{ Brokers []int32 }) (session.Answer, error) {
	if asked.Brokers == nil {
		client, err := admin.base.shared()
		if err != nil {
			return nil, err
		}
		for _, broker := range client.Brokers() {
			asked.Brokers = append(asked.Brokers, broker.ID())
		}
	}
	found, err := own.DescribeLogDirs(asked.Brokers)
	if err != nil {
		return nil, err
	}
	logs := []any{}
	for broker, directories := range found {
		for _, directory := range directories {
			for _, topic := range directory.Topics {
				for _, partition := range topic.Partitions {
					logs = append(logs, []any{broker, topic.Topic, partition.PartitionID, partition.Size})
				}
			}
		}
	}
	return session.Answer{"logs": logs}, nil
}

func electLeaders(admin sarama.ClusterAdmin, asked struct {
	Partitions []session.Partition
	Kind       string
}) (session.Answer, error) {
	kind, known := map[string]sarama.ElectionType{
		"": sarama.PreferredElection, "preferred": sarama.PreferredElection, "unclean": sarama.UncleanElection,
	}[asked.Kind]
	if !known {
		return nil, session.Unsupported("kind " + asked.Kind)
	}
	if asked.Partitions == nil {
		return nil, session.Unsupported("elections in all partitions")
	}
	answer, err := admin.ElectLeaders(kind, byTopic(asked.Partitions))
	if err != nil {
		return nil, err
	}
	elected := map[session.Partition]any{}
	for topic, partitions := range answer {
		for partition, result := range partitions {
			place := session.Partition{Topic: topic, Partition: partition}
			elected[place] = names.Item(explained(result.ErrorCode, result.ErrorMessage))
		}
	}
	return session.Answer{"partitions": rows(elected)}, nil
}

// reassign can only be of all partitions of a topic from the first on: sarama takes a list of replicas.
func reassign(admin sarama.ClusterAdmin, asked struct{ Assignments []session.Assignment }) (session.Answer, error) {
	topics := map[string]map[int32][]int32{}
	for _, each := range asked.Assignments {
		if topics[each.Topic] == nil {
			topics[each.Topic] = map[int32][]int32{}
		}
		topics[each.Topic][each.Partition.Partition] = each.Replicas
	}
	reassigned := map[session.Partition]any{}
	for topic, partitions := range topics {
		var assignment [][]int32
		for number := range int32(len(partitions)) {
			replicas, given := partitions[number]
			if !given {
				return nil, session.Unsupported("partitions that are not the first of their topic")
			}
			assignment = append(assignment, replicas)
		}
		failed := names.Item(admin.AlterPartitionReassignments(topic, assignment))
		for number := range partitions {
			reassigned[session.Partition{Topic: topic, Partition: number}] = failed
		}
	}
	return session.Answer{"partitions": rows(reassigned)}, nil
}

// listReassignments asks topic by topic, since sarama can't ask for all.
func listReassignments(admin sarama.ClusterAdmin, _ struct{}) (session.Answer, error) {
	topics, err := admin.DescribeTopics(nil)
	if err != nil {
		return nil, err
	}
	found := map[session.Partition]any{}
	for _, topic := range topics {
		var numbers []int32
		for _, partition := range topic.Partitions {
			numbers = append(numbers, partition.ID)
		}
		answer, err := admin.ListPartitionReassignments(topic.Name, numbers)
		if err != nil {
			return nil, err
		}
		for number, status := range answer[topic.Name] {
			found[session.Partition{Topic: topic.Name, Partition: number}] = map[string]any{
				"replicas": status.Replicas, "adding": status.AddingReplicas, "removing": status.RemovingReplicas,
			}
		}
	}
	return session.Answer{"partitions": rows(found)}, nil
}

// Quotas.

func describeQuotas(admin sarama.ClusterAdmin, asked struct{ Entity map[string]*string }) (session.Answer, error) {
	var components []sarama.QuotaFilterComponent
	for kind, name := range asked.Entity {
		component := sarama.QuotaFilterComponent{EntityType: sarama.QuotaEntityType(kind), MatchType: sarama.QuotaMatchDefault}
		if name != nil {
			component.MatchType, component.Match = sarama.QuotaMatchExact, *name
		}
		components = append(components, component)
	}
	found, err := admin.DescribeClientQuotas(components, false)
	if err != nil {
		return nil, err
	}
	quotas := []any{}
	for _, each := range found {
		entity := map[string]*string{}
		for _, component := range each.Entity {
			entity[string(component.EntityType)] = nil
			if component.MatchType == sarama.QuotaMatchExact {
				entity[string(component.EntityType)] = &component.Name
			}
		}
		quotas = append(quotas, map[string]any{"entity": entity, "values": each.Values})
	}
	return session.Answer{"quotas": quotas}, nil
}

// alterQuotas asks value by value, as sarama does.
func alterQuotas(admin sarama.ClusterAdmin, asked session.AlteringQuotas) (session.Answer, error) {
	var entity []sarama.QuotaEntityComponent
	for kind, name := range asked.Entity {
		component := sarama.QuotaEntityComponent{EntityType: sarama.QuotaEntityType(kind), MatchType: sarama.QuotaMatchDefault}
		if name != nil {
			component.MatchType, component.Name = sarama.QuotaMatchExact, *name
		}
		entity = append(entity, component)
	}
	var changes []sarama.ClientQuotasOp
	for key, value := range asked.Set {
		changes = append(changes, sarama.ClientQuotasOp{Key: key, Value: value})
	}
	for _, key := range asked.Delete {
		changes = append(changes, sarama.ClientQuotasOp{Key: key, Remove: true})
	}
	for _, change := range changes {
		if err := admin.AlterClientQuotas(entity, change, false); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
