package main

import (
	"context"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

// resourceType is of topics and brokers: kafka-go has no more.
func resourceType(name string) (kafka.ResourceType, error) {
	kind, known := map[string]kafka.ResourceType{
		"topic": kafka.ResourceTypeTopic, "broker": kafka.ResourceTypeBroker,
	}[name]
	if !known {
		return kind, session.Unsupported("resource " + name)
	}
	return kind, nil
}

// sources are Kafka's names of kafka-go's numbers.
var sources = map[int8]string{
	1: "DYNAMIC_TOPIC_CONFIG", 2: "DYNAMIC_BROKER_CONFIG", 3: "DYNAMIC_DEFAULT_BROKER_CONFIG",
	4: "STATIC_BROKER_CONFIG", 5: "DEFAULT_CONFIG", 6: "DYNAMIC_BROKER_LOGGER_CONFIG",
}

func (admin *admin) describeConfigs(ctx context.Context, asked session.DescribingConfigs) (session.Answer, error) {
	configs := []any{}
	for _, resource := range asked.Resources {
		kind, err := resourceType(resource.Type)
		if err != nil {
			return nil, err
		}
		answer, err := admin.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
			Resources: []kafka.DescribeConfigRequestResource{
				{ResourceType: kind, ResourceName: resource.Name, ConfigNames: asked.Names},
			},
		})
		if err != nil {
			return nil, err
		}
		for _, found := range answer.Resources {
			described := map[string]any{}
			for _, entry := range found.ConfigEntries {
				described[entry.ConfigName] = map[string]any{
					"value": entry.ConfigValue, "source": sources[entry.ConfigSource], "read_only": entry.ReadOnly,
					"sensitive": entry.IsSensitive, "default": sources[entry.ConfigSource] == "DEFAULT_CONFIG",
				}
			}
			configs = append(configs, names.Or(found.Error, described))
		}
	}
	return session.Answer{"configs": configs}, nil
}

func (admin *admin) alterConfigs(ctx context.Context, asked session.AlteringConfigs) (session.Answer, error) {
	kind, err := resourceType(asked.Resource.Type)
	if err != nil {
		return nil, err
	}
	resource := kafka.IncrementalAlterConfigsRequestResource{ResourceType: kind, ResourceName: asked.Resource.Name}
	for _, change := range []struct {
		operation kafka.ConfigOperation
		values    map[string]*string
	}{
		{kafka.ConfigOperationSet, asked.Set},
		{kafka.ConfigOperationAppend, asked.Append},
		{kafka.ConfigOperationSubtract, asked.Subtract},
	} {
		for name, value := range change.values {
			if value == nil {
				return nil, session.Unsupported("a null setting")
			}
			resource.Configs = append(resource.Configs, kafka.IncrementalAlterConfigsRequestConfig{
				Name: name, Value: *value, ConfigOperation: change.operation,
			})
		}
	}
	for _, name := range asked.Delete {
		resource.Configs = append(resource.Configs, kafka.IncrementalAlterConfigsRequestConfig{
			Name: name, ConfigOperation: kafka.ConfigOperationDelete,
		})
	}
	answer, err := admin.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{resource},
	})
	if err != nil {
		return nil, err
	}
	altered := map[string]error{}
	for _, each := range answer.Resources {
		altered[each.ResourceName] = each.Error
	}
	return results(altered), nil
}

func (admin *admin) replaceConfigs(ctx context.Context, asked struct {
	Resource session.Resource
	Set      map[string]*string
}) (session.Answer, error) {
	kind, err := resourceType(asked.Resource.Type)
	if err != nil {
		return nil, err
	}
	resource := kafka.AlterConfigRequestResource{ResourceType: kind, ResourceName: asked.Resource.Name}
	for name, value := range asked.Set {
		if value == nil {
			return nil, session.Unsupported("a null setting")
		}
		resource.Configs = append(resource.Configs, kafka.AlterConfigRequestConfig{Name: name, Value: *value})
	}
	answer, err := admin.AlterConfigs(ctx, &kafka.AlterConfigsRequest{
		Resources: []kafka.AlterConfigRequestResource{resource},
	})
	if err != nil {
		return nil, err
	}
	altered := map[string]error{}
	for each, err := range answer.Errors {
		altered[each.Name] = err
	}
	return results(altered), nil
}
