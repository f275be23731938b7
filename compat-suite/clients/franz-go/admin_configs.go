package main

import (
	"context"
	"slices"
	"strings"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// resourceType is the contract's word for one of Kafka's: group stands for GROUP_CONFIG.
func resourceType(name string) (kmsg.ConfigResourceType, error) {
	if name == "group" {
		return kmsg.ConfigResourceTypeGroupConfig, nil
	}
	kind, err := kmsg.ParseConfigResourceType(name)
	if err != nil {
		return kind, session.Invalid(err.Error())
	}
	return kind, nil
}

func resourceName(kind kmsg.ConfigResourceType) string {
	if kind == kmsg.ConfigResourceTypeGroupConfig {
		return "group"
	}
	return strings.ToLower(strings.ReplaceAll(kind.String(), "_", "-"))
}

// describeConfigs asks itself: kadm knows no groups, and not what is read only.
func (admin *admin) describeConfigs(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.DescribingConfigs
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	configs := []any{}
	for _, resource := range asked.Resources {
		described, err := admin.describeConfig(ctx, resource, asked.Names)
		configs = append(configs, names.Or(err, described))
	}
	return session.Answer{"configs": configs}, nil
}

func (admin *admin) describeConfig(ctx context.Context, resource session.Resource, only []string) (any, error) {
	kind, err := resourceType(resource.Type)
	if err != nil {
		return nil, err
	}
	describe := kmsg.NewPtrDescribeConfigsRequest()
	describe.Resources = []kmsg.DescribeConfigsRequestResource{
		{ResourceType: kind, ResourceName: resource.Name, ConfigNames: only},
	}
	answer, err := describe.RequestWith(ctx, admin.Client)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	described := map[string]any{}
	for _, each := range answer.Resources {
		if err := coded(each.ErrorCode, each.ErrorMessage); err != nil {
			return nil, err
		}
		for _, config := range each.Configs {
			described[config.Name] = map[string]any{
				"value": config.Value, "source": config.Source.String(), "read_only": config.ReadOnly,
				"sensitive": config.IsSensitive, "default": config.Source == kmsg.ConfigSourceDefaultConfig,
			}
		}
	}
	return described, nil
}

func (admin *admin) alterConfigs(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.AlteringConfigs
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	kind, err := resourceType(asked.Resource.Type)
	if err != nil {
		return nil, err
	}
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kind, asked.Resource.Name
	add := func(op kmsg.IncrementalAlterConfigOp, name string, value *string) {
		config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		config.Name, config.Op, config.Value = name, op, value
		resource.Configs = append(resource.Configs, config)
	}
	for name, value := range asked.Set {
		add(kmsg.IncrementalAlterConfigOpSet, name, value)
	}
	for _, name := range asked.Delete {
		add(kmsg.IncrementalAlterConfigOpDelete, name, nil)
	}
	for name, value := range asked.Append {
		add(kmsg.IncrementalAlterConfigOpAppend, name, value)
	}
	for name, value := range asked.Subtract {
		add(kmsg.IncrementalAlterConfigOpSubtract, name, value)
	}
	alter := kmsg.NewPtrIncrementalAlterConfigsRequest()
	alter.Resources = append(alter.Resources, resource)
	answer, err := alter.RequestWith(ctx, admin.Client)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	altered := map[string]any{}
	for _, each := range answer.Resources {
		altered[each.ResourceName] = names.Item(coded(each.ErrorCode, each.ErrorMessage))
	}
	return results(altered), nil
}

func (admin *admin) replaceConfigs(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct {
		Resource session.Resource
		Set      map[string]*string
	}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	kind, err := resourceType(asked.Resource.Type)
	if err != nil {
		return nil, err
	}
	resource := kmsg.NewAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kind, asked.Resource.Name
	for name, value := range asked.Set {
		config := kmsg.NewAlterConfigsRequestResourceConfig()
		config.Name, config.Value = name, value
		resource.Configs = append(resource.Configs, config)
	}
	alter := kmsg.NewPtrAlterConfigsRequest()
	alter.Resources = append(alter.Resources, resource)
	answer, err := alter.RequestWith(ctx, admin.Client)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	altered := map[string]any{}
	for _, each := range answer.Resources {
		altered[each.ResourceName] = names.Item(coded(each.ErrorCode, each.ErrorMessage))
	}
	return results(altered), nil
}

func (admin *admin) listConfigResources(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Types []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	var kinds []kadm.ConfigResourceType
	for _, name := range asked.Types {
		kind, err := resourceType(name)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, kind)
	}
	listed, err := admin.kadm.ListConfigResources(ctx, kinds...)
	if err == nil {
		err = listed.Err
	}
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	resources := []session.Resource{}
	for _, each := range listed.Resources {
		resources = append(resources, session.Resource{Type: resourceName(each.Type), Name: each.Name})
	}
	slices.SortFunc(resources, func(left, right session.Resource) int {
		return strings.Compare(left.Type+" "+left.Name, right.Type+" "+right.Name)
	})
	return session.Answer{"resources": resources}, nil
}

func (admin *admin) describeFeatures(ctx context.Context, request *session.Request) (session.Answer, error) {
	if err := request.Into(&struct{}{}); err != nil {
		return nil, err
	}
	answer, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, admin.Client)
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	supported, finalized := map[string]any{}, map[string]any{}
	for _, each := range answer.SupportedFeatures {
		supported[each.Name] = []int16{each.MinVersion, each.MaxVersion}
	}
	for _, each := range answer.FinalizedFeatures {
		finalized[each.Name] = []int16{each.MinVersionLevel, each.MaxVersionLevel}
	}
	return session.Answer{"supported": supported, "finalized": finalized}, nil
}

func (admin *admin) updateFeatures(ctx context.Context, request *session.Request) (session.Answer, error) {
	asked := struct {
		Features map[string]int16
		How      string
	}{How: "upgrade"}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	how, known := map[string]int8{"upgrade": 1, "safe-downgrade": 2, "unsafe-downgrade": 3}[asked.How]
	if !known {
		return nil, session.Unsupported("how " + asked.How)
	}
	var updates []kadm.FeatureUpdate
	updated := map[string]any{}
	for name, level := range asked.Features {
		updates = append(updates, kadm.FeatureUpdate{Feature: name, MaxVersionLevel: level, UpgradeType: how})
		updated[name] = nil // the server may name only those that failed
	}
	answer, err := admin.kadm.UpdateFeatures(ctx, false, updates...)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	for name, each := range answer {
		updated[name] = names.Item(each.Err)
	}
	return results(updated), nil
}
