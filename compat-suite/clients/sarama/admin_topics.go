package main

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

func createTopics(admin sarama.ClusterAdmin, asked session.CreatingTopics) (session.Answer, error) {
	return each(asked.Topics, func(topic session.NewTopic) string { return topic.Name }, func(topic session.NewTopic) error {
		detail := &sarama.TopicDetail{
			NumPartitions: topic.Count(), ReplicationFactor: topic.Factor(), ConfigEntries: topic.Configs,
		}
		if topic.Assignments != nil {
			detail.ReplicaAssignment = map[int32][]int32{}
			for partition, replicas := range topic.Assignments {
				detail.ReplicaAssignment[int32(partition)] = replicas
			}
		}
		return admin.CreateTopic(topic.Name, detail, asked.ValidateOnly)
	}), nil
}

func deleteTopics(admin sarama.ClusterAdmin, asked struct{ Topics []string }) (session.Answer, error) {
	return each(asked.Topics, itself, admin.DeleteTopic), nil
}

func listTopics(admin sarama.ClusterAdmin, asked struct{ Internal bool }) (session.Answer, error) {
	topics, err := admin.DescribeTopics(nil)
	if err != nil {
		return nil, err
	}
	found := []string{}
	for _, topic := range topics {
		if asked.Internal || !topic.IsInternal {
			found = append(found, topic.Name)
		}
	}
	slices.Sort(found)
	return session.Answer{"topics": found}, nil
}

func describeTopics(admin sarama.ClusterAdmin, asked struct{ Topics []string }) (session.Answer, error) {
	topics, err := admin.DescribeTopics(asked.Topics)
	if err != nil {
		return nil, err
	}
	described := map[string]any{}
	for _, topic := range topics {
		about := map[string]any{"internal": topic.IsInternal, "partitions": layout(topic)}
		if topic.Uuid != (sarama.Uuid{}) {
			about["id"] = base64.RawURLEncoding.EncodeToString(topic.Uuid[:])
		}
		described[topic.Name] = names.Or(none(topic.Err), about)
	}
	return session.Answer{"results": described}, nil
}

func layout(topic *sarama.TopicMetadata) []any {
	slices.SortFunc(topic.Partitions, func(left, right *sarama.PartitionMetadata) int { return int(left.ID - right.ID) })
	partitions := []any{}
	for _, each := range topic.Partitions {
		slices.Sort(each.Replicas)
		slices.Sort(each.Isr)
		partitions = append(partitions, []any{each.ID, each.Leader, each.Replicas, each.Isr})
	}
	return partitions
}

// metadata is what the client itself knows, after it has asked anew.
func (admin *admin) metadata(_ context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Topics []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	client, err := admin.base.shared()
	if err != nil {
		return nil, err
	}
	failed := client.RefreshMetadata(asked.Topics...)
	if failed != nil && names.Of(failed).Name == session.Other {
		return nil, failed
	}
	wanted := asked.Topics
	if wanted == nil {
		if wanted, err = client.Topics(); err != nil {
			return nil, err
		}
	}
	topics := map[string]any{}
	for _, name := range wanted {
		topics[name] = known(client, name)
	}
	controller, err := client.Controller()
	if err != nil {
		return nil, err
	}
	return session.Answer{"brokers": brokers(client.Brokers()), "controller": controller.ID(), "topics": topics}, nil
}

func known(client sarama.Client, name string) map[string]any {
	numbers, err := client.Partitions(name)
	if err != nil {
		return map[string]any{"partitions": []any{}, "error": names.Of(err).Name}
	}
	partitions := []any{}
	for _, number := range numbers {
		leader, inSync := int32(-1), []int32(nil)
		if broker, err := client.Leader(name, number); err == nil {
			leader = broker.ID()
		}
		replicas, _ := client.Replicas(name, number)
		inSync, _ = client.InSyncReplicas(name, number)
		slices.Sort(replicas)
		slices.Sort(inSync)
		partitions = append(partitions, []any{number, leader, replicas, inSync})
	}
	return map[string]any{"partitions": partitions}
}

func brokers(found []*sarama.Broker) []any {
	slices.SortFunc(found, func(left, right *sarama.Broker) int { return int(left.ID() - right.ID()) })
	list := []any{}
	for _, broker := range found {
		host, port, rack := address(broker)
		list = append(list, []any{broker.ID(), host, port, rack})
	}
	return list
}

func createPartitions(admin sarama.ClusterAdmin, asked session.CreatingPartitions) (session.Answer, error) {
	results := map[string]any{}
	for topic, total := range asked.Topics {
		err := admin.CreatePartitions(topic, total, asked.Assignments[topic], false)
		results[topic] = names.Item(none(err))
	}
	return session.Answer{"results": results}, nil
}

// deleteRecords looks where the log starts now: sarama drops what the server says of it.
func (admin *admin) deleteRecords(own sarama.ClusterAdmin, asked struct{ Offsets []session.Offset }) (session.Answer, error) {
	client, err := admin.base.shared()
	if err != nil {
		return nil, err
	}
	deleted := []any{}
	for _, offset := range asked.Offsets {
		number := offset.Partition.Partition
		err := own.DeleteRecords(offset.Topic, map[int32]int64{number: offset.Offset})
		start := int64(-1)
		if err == nil {
			start, err = client.GetOffset(offset.Topic, number, sarama.OffsetOldest)
		}
		deleted = append(deleted, offset.With(names.Or(err, start)))
	}
	return session.Answer{"partitions": deleted}, nil
}

func listOffsets(admin sarama.ClusterAdmin, asked session.Listing) (session.Answer, error) {
	moment, err := timeOf(asked.At)
	if err != nil {
		return nil, err
	}
	options := &sarama.ListOffsetsOptions{}
	if asked.Isolation == "read_committed" {
		options.IsolationLevel = sarama.ReadCommitted
	}
	offsets := []any{}
	for _, partition := range asked.Partitions {
		query := map[string]map[int32]int64{partition.Topic: {partition.Partition: moment}}
		found, err := admin.ListOffsets(query, options)
		if err != nil {
			offsets = append(offsets, partition.With(names.Item(err)))
			continue
		}
		offsets = append(offsets, listed(partition, found[partition.Topic][partition.Partition]))
	}
	return session.Answer{"offsets": offsets}, nil
}

func listed(partition session.Partition, found *sarama.OffsetResult) []any {
	switch {
	case found == nil:
		return partition.With(names.Item(sarama.ErrIncompleteResponse))
	case none(found.Err) != nil:
		return partition.With(names.Item(found.Err))
	case found.Offset < 0:
		return partition.With(nil)
	case found.Timestamp < 0:
		return partition.With(found.Offset)
	default:
		return partition.With(found.Offset, found.Timestamp)
	}
}

// Configs. Resources of sarama are topics and brokers.

func resourceType(name string) (sarama.ConfigResourceType, error) {
	kind, known := map[string]sarama.ConfigResourceType{
		"topic": sarama.TopicResource, "broker": sarama.BrokerResource, "broker-logger": sarama.BrokerLoggerResource,
	}[name]
	if !known {
		return kind, session.Unsupported("resource " + name)
	}
	return kind, nil
}

func describeConfigs(admin sarama.ClusterAdmin, asked session.DescribingConfigs) (session.Answer, error) {
	configs := []any{}
	for _, resource := range asked.Resources {
		kind, err := resourceType(resource.Type)
		if err != nil {
			return nil, err
		}
		wanted := sarama.ConfigResource{Type: kind, Name: resource.Name, ConfigNames: asked.Names}
		entries, err := admin.DescribeConfig(wanted)
		described := map[string]any{}
		for _, entry := range entries {
			described[entry.Name] = map[string]any{
				"value": entry.Value, "source": source(entry.Source), "read_only": entry.ReadOnly,
				"sensitive": entry.Sensitive, "default": entry.Default,
			}
		}
		configs = append(configs, names.Or(none(err), described))
	}
	return session.Answer{"configs": configs}, nil
}

// source is Kafka's own word for where a value comes from.
func source(given sarama.ConfigSource) string {
	return map[sarama.ConfigSource]string{
		sarama.SourceTopic: "DYNAMIC_TOPIC_CONFIG", sarama.SourceDynamicBroker: "DYNAMIC_BROKER_CONFIG",
		sarama.SourceDynamicDefaultBroker: "DYNAMIC_DEFAULT_BROKER_CONFIG",
		sarama.SourceStaticBroker:         "STATIC_BROKER_CONFIG", sarama.SourceDefault: "DEFAULT_CONFIG",
	}[given]
}

func alterConfigs(admin sarama.ClusterAdmin, asked session.AlteringConfigs) (session.Answer, error) {
	kind, err := resourceType(asked.Resource.Type)
	if err != nil {
		return nil, err
	}
	entries := map[string]sarama.IncrementalAlterConfigsEntry{}
	add := func(operation sarama.IncrementalAlterConfigsOperation, values map[string]*string) {
		for name, value := range values {
			entries[name] = sarama.IncrementalAlterConfigsEntry{Operation: operation, Value: value}
		}
	}
	add(sarama.IncrementalAlterConfigsOperationSet, asked.Set)
	add(sarama.IncrementalAlterConfigsOperationAppend, asked.Append)
	add(sarama.IncrementalAlterConfigsOperationSubtract, asked.Subtract)
	for _, name := range asked.Delete {
		add(sarama.IncrementalAlterConfigsOperationDelete, map[string]*string{name: nil})
	}
	if len(entries) < len(asked.Set)+len(asked.Append)+len(asked.Subtract)+len(asked.Delete) {
		return nil, session.Unsupported("two changes of one setting")
	}
	return each([]string{asked.Resource.Name}, itself, func(name string) error {
		return admin.IncrementalAlterConfig(kind, name, entries, false)
	}), nil
}

func replaceConfigs(admin sarama.ClusterAdmin, asked struct {
	Resource session.Resource
	Set      map[string]*string
}) (session.Answer, error) {
	kind, err := resourceType(asked.Resource.Type)
	if err != nil {
		return nil, err
	}
	return each([]string{asked.Resource.Name}, itself, func(name string) error {
		return admin.AlterConfig(kind, name, asked.Set, false)
	}), nil
}

func updateFeatures(admin sarama.ClusterAdmin, asked struct {
	Features map[string]int16
	How      string
}) (session.Answer, error) {
	if !slices.Contains([]string{"", "upgrade", "safe-downgrade"}, asked.How) {
		return nil, session.Unsupported("how " + asked.How)
	}
	results := map[string]any{}
	for name, level := range asked.Features {
		update := sarama.FeatureUpdate{
			Feature: name, MaxVersionLevel: level, AllowDowngrade: strings.HasSuffix(asked.How, "downgrade"),
		}
		answer, err := admin.UpdateFeatures([]sarama.FeatureUpdate{update})
		for _, feature := range answer {
			err = errors.Join(err, explained(feature.ErrorCode, feature.ErrorMessage))
		}
		results[name] = names.Item(none(err))
	}
	return session.Answer{"results": results}, nil
}
