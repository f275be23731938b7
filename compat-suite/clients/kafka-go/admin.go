package main

import (
	"context"
	"slices"
	"time"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

// admin is kafka-go's Client.
type admin struct {
	*kafka.Client
	base *base
}

const electionTime = 15 * time.Second

// ask is for metadata by a client of its own: one that is kept answers from what it has heard before.
func (admin *admin) ask(ctx context.Context, topics []string) (*kafka.MetadataResponse, error) {
	cable := &session.Cable{}
	defer cable.Cut()
	client := admin.base.client(cable)
	defer client.Transport.(*kafka.Transport).CloseIdleConnections()
	return client.Metadata(ctx, &kafka.MetadataRequest{Topics: topics})
}

// call is a verb whose arguments have been read into a struct of their own.
func call[A any](act func(context.Context, A) (session.Answer, error)) session.Verb {
	return func(ctx context.Context, request *session.Request) (session.Answer, error) {
		var asked A
		if err := request.Into(&asked); err != nil {
			return nil, err
		}
		return act(ctx, asked)
	}
}

func (admin *admin) calls() map[string]session.Verb {
	return map[string]session.Verb{
		"create-topics":        call(admin.createTopics),
		"delete-topics":        call(admin.deleteTopics),
		"list-topics":          call(admin.listTopics),
		"describe-topics":      call(admin.describeTopics),
		"create-partitions":    call(admin.createPartitions),
		"list-offsets":         call(admin.listOffsets),
		"describe-configs":     call(admin.describeConfigs),
		"alter-configs":        call(admin.alterConfigs),
		"replace-configs":      call(admin.replaceConfigs),
		"list-groups":          call(admin.listGroups),
		"describe-groups":      call(admin.describeGroups),
		"delete-groups":        call(admin.deleteGroups),
		"remove-members":       call(admin.removeMembers),
		"list-group-offsets":   call(admin.listGroupOffsets),
		"alter-group-offsets":  call(admin.alterGroupOffsets),
		"delete-group-offsets": call(admin.deleteGroupOffsets),
		"describe-cluster":     call(admin.describeCluster),
		"elect-leaders":        call(admin.electLeaders),
		"reassign":             call(admin.reassign),
		"list-reassignments":   call(admin.listReassignments),
		"create-acls":          call(admin.createACLs),
		"describe-acls":        call(admin.describeACLs),
		"delete-acls":          call(admin.deleteACLs),
		"describe-scram":       call(admin.describeSCRAM),
		"alter-scram":          call(admin.alterSCRAM),
		"describe-quotas":      call(admin.describeQuotas),
		"alter-quotas":         call(admin.alterQuotas),
	}
}

// results are of a call over several items.
func results(errors map[string]error) session.Answer {
	items := map[string]any{}
	for name, err := range errors {
		items[name] = names.Item(err)
	}
	return session.Answer{"results": items}
}

func (admin *admin) createTopics(ctx context.Context, asked session.CreatingTopics) (session.Answer, error) {
	request := &kafka.CreateTopicsRequest{ValidateOnly: asked.ValidateOnly}
	for _, topic := range asked.Topics {
		config := kafka.TopicConfig{
			Topic: topic.Name, NumPartitions: int(topic.Count()), ReplicationFactor: int(topic.Factor()),
		}
		for name, value := range topic.Configs {
			if value == nil {
				return nil, session.Unsupported("a null setting")
			}
			config.ConfigEntries = append(config.ConfigEntries, kafka.ConfigEntry{ConfigName: name, ConfigValue: *value})
		}
		for number, replicas := range topic.Assignments {
			assignment := kafka.ReplicaAssignment{Partition: number, Replicas: ints(replicas)}
			config.ReplicaAssignments = append(config.ReplicaAssignments, assignment)
		}
		request.Topics = append(request.Topics, config)
	}
	answer, err := admin.CreateTopics(ctx, request)
	if err != nil {
		return nil, err
	}
	return results(answer.Errors), nil
}

func (admin *admin) deleteTopics(ctx context.Context, asked struct{ Topics []string }) (session.Answer, error) {
	answer, err := admin.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: asked.Topics})
	if err != nil {
		return nil, err
	}
	return results(answer.Errors), nil
}

func (admin *admin) listTopics(ctx context.Context, asked struct{ Internal bool }) (session.Answer, error) {
	answer, err := admin.ask(ctx, nil)
	if err != nil {
		return nil, err
	}
	found := []string{}
	for _, topic := range answer.Topics {
		if asked.Internal || !topic.Internal {
			found = append(found, topic.Name)
		}
	}
	slices.Sort(found)
	return session.Answer{"topics": found}, nil
}

func (admin *admin) describeTopics(ctx context.Context, asked struct{ Topics []string }) (session.Answer, error) {
	answer, err := admin.ask(ctx, asked.Topics)
	if err != nil {
		return nil, err
	}
	described := map[string]any{}
	for _, topic := range answer.Topics {
		about := map[string]any{"internal": topic.Internal, "partitions": layout(topic)}
		described[topic.Name] = names.Or(topic.Error, about)
	}
	return session.Answer{"results": described}, nil
}

func layout(topic kafka.Topic) []any {
	slices.SortFunc(topic.Partitions, func(left, right kafka.Partition) int { return left.ID - right.ID })
	partitions := []any{}
	for _, each := range topic.Partitions {
		partitions = append(partitions, []any{each.ID, each.Leader.ID, ids(each.Replicas), ids(each.Isr)})
	}
	return partitions
}

func ids(brokers []kafka.Broker) []int {
	list := []int{}
	for _, broker := range brokers {
		list = append(list, broker.ID)
	}
	slices.Sort(list)
	return list
}

func (admin *admin) metadata(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Topics []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	answer, err := admin.ask(ctx, asked.Topics)
	if err != nil {
		return nil, err
	}
	topics := map[string]any{}
	for _, topic := range answer.Topics {
		about := map[string]any{"partitions": layout(topic)}
		if topic.Error != nil {
			about["error"] = names.Of(topic.Error).Name
		}
		topics[topic.Name] = about
	}
	return session.Answer{"brokers": brokers(answer), "controller": answer.Controller.ID, "topics": topics}, nil
}

func brokers(found *kafka.MetadataResponse) []any {
	slices.SortFunc(found.Brokers, func(left, right kafka.Broker) int { return left.ID - right.ID })
	list := []any{}
	for _, broker := range found.Brokers {
		var rack any
		if broker.Rack != "" {
			rack = broker.Rack
		}
		list = append(list, []any{broker.ID, broker.Host, broker.Port, rack})
	}
	return list
}

func (admin *admin) describeCluster(ctx context.Context, _ struct{}) (session.Answer, error) {
	answer, err := admin.ask(ctx, []string{})
	if err != nil {
		return nil, err
	}
	return session.Answer{
		"cluster": answer.ClusterID, "controller": answer.Controller.ID, "brokers": brokers(answer),
	}, nil
}

func (admin *admin) createPartitions(ctx context.Context, asked session.CreatingPartitions) (session.Answer, error) {
	request := &kafka.CreatePartitionsRequest{}
	for name, total := range asked.Topics {
		topic := kafka.TopicPartitionsConfig{Name: name, Count: total}
		for _, replicas := range asked.Assignments[name] {
			assignment := kafka.TopicPartitionAssignment{BrokerIDs: replicas}
			topic.TopicPartitionAssignments = append(topic.TopicPartitionAssignments, assignment)
		}
		request.Topics = append(request.Topics, topic)
	}
	answer, err := admin.CreatePartitions(ctx, request)
	if err != nil {
		return nil, err
	}
	return results(answer.Errors), nil
}

func (admin *admin) listOffsets(ctx context.Context, asked session.Listing) (session.Answer, error) {
	return listOffsets(ctx, admin.Client, asked)
}

func (admin *admin) electLeaders(ctx context.Context, asked struct {
	Partitions []session.Partition
	Kind       string
}) (session.Answer, error) {
	if asked.Kind == "unclean" || asked.Partitions == nil {
		return nil, session.Unsupported("other than preferred elections of named partitions")
	}
	elected := map[session.Partition]any{}
	for topic, partitions := range byTopic(asked.Partitions) {
		answer, err := admin.ElectLeaders(ctx, &kafka.ElectLeadersRequest{
			Topic: topic, Partitions: partitions, Timeout: electionTime,
		})
		if err == nil {
			err = answer.Error
		}
		if err != nil {
			return nil, err
		}
		for _, result := range answer.PartitionResults {
			elected[place(topic, result.Partition)] = names.Item(result.Error)
		}
	}
	return session.Answer{"partitions": rows(elected)}, nil
}

func (admin *admin) reassign(ctx context.Context, asked struct{ Assignments []session.Assignment }) (session.Answer, error) {
	request := &kafka.AlterPartitionReassignmentsRequest{Timeout: electionTime}
	for _, each := range asked.Assignments {
		if each.Replicas == nil {
			return nil, session.Unsupported("to cancel a reassignment")
		}
		request.Assignments = append(request.Assignments, kafka.AlterPartitionReassignmentsRequestAssignment{
			Topic: each.Topic, PartitionID: int(each.Partition.Partition), BrokerIDs: ints(each.Replicas),
		})
	}
	answer, err := admin.AlterPartitionReassignments(ctx, request)
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, err
	}
	reassigned := map[session.Partition]any{}
	for _, result := range answer.PartitionResults {
		reassigned[place(result.Topic, result.PartitionID)] = names.Item(result.Error)
	}
	return session.Answer{"partitions": rows(reassigned)}, nil
}

func (admin *admin) listReassignments(ctx context.Context, _ struct{}) (session.Answer, error) {
	answer, err := admin.ListPartitionReassignments(ctx, &kafka.ListPartitionReassignmentsRequest{Timeout: electionTime})
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, err
	}
	found := map[session.Partition]any{}
	for topic, partitions := range answer.Topics {
		for _, each := range partitions.Partitions {
			found[place(topic, each.PartitionIndex)] = map[string]any{
				"replicas": each.Replicas, "adding": each.AddingReplicas, "removing": each.RemovingReplicas,
			}
		}
	}
	return session.Answer{"partitions": rows(found)}, nil
}
