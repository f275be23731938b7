package main

import (
	"context"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

// admin is sarama's ClusterAdmin, made when it is first asked for.
type admin struct {
	base   *base
	opened sarama.ClusterAdmin
}

// oldest is the lowest version that has what administration is about; below, a session has no calls of it.
var oldest = sarama.V0_10_2_0

func (admin *admin) open() (sarama.ClusterAdmin, error) {
	if admin.opened != nil {
		return admin.opened, nil
	}
	client, err := admin.base.shared()
	if err != nil {
		return nil, err
	}
	if !client.Config().Version.IsAtLeast(oldest) {
		return nil, session.Unsupported("administration by this version")
	}
	admin.opened, err = sarama.NewClusterAdminFromClient(client)
	return admin.opened, err
}

// call is a verb that needs the ClusterAdmin; the arguments have been read into a struct of their own.
func call[A any](admin *admin, act func(sarama.ClusterAdmin, A) (session.Answer, error)) session.Verb {
	return func(_ context.Context, request *session.Request) (session.Answer, error) {
		var asked A
		if err := request.Into(&asked); err != nil {
			return nil, err
		}
		opened, err := admin.open()
		if err != nil {
			return nil, err
		}
		return act(opened, asked)
	}
}

func (admin *admin) calls() map[string]session.Verb {
	return map[string]session.Verb{
		"create-topics":        call(admin, createTopics),
		"delete-topics":        call(admin, deleteTopics),
		"list-topics":          call(admin, listTopics),
		"describe-topics":      call(admin, describeTopics),
		"create-partitions":    call(admin, createPartitions),
		"delete-records":       call(admin, admin.deleteRecords),
		"list-offsets":         call(admin, listOffsets),
		"describe-configs":     call(admin, describeConfigs),
		"alter-configs":        call(admin, alterConfigs),
		"replace-configs":      call(admin, replaceConfigs),
		"list-groups":          call(admin, listGroups),
		"describe-groups":      call(admin, describeGroups),
		"delete-groups":        call(admin, deleteGroups),
		"remove-members":       call(admin, removeMembers),
		"list-group-offsets":   call(admin, listGroupOffsets),
		"alter-group-offsets":  call(admin, alterGroupOffsets),
		"delete-group-offsets": call(admin, deleteGroupOffsets),
		"describe-cluster":     call(admin, admin.describeCluster),
		"describe-log-dirs":    call(admin, admin.describeLogDirs),
		"elect-leaders":        call(admin, electLeaders),
		"reassign":             call(admin, reassign),
		"list-reassignments":   call(admin, listReassignments),
		"update-features":      call(admin, updateFeatures),
		"create-acls":          call(admin, createACLs),
		"describe-acls":        call(admin, describeACLs),
		"delete-acls":          call(admin, deleteACLs),
		"describe-scram":       call(admin, describeSCRAM),
		"alter-scram":          call(admin, alterSCRAM),
		"describe-quotas":      call(admin, describeQuotas),
		"alter-quotas":         call(admin, alterQuotas),
	}
}

// each does something for every item, since sarama's calls are about one, and tells what became of it.
func each[T any](items []T, name func(T) string, act func(T) error) session.Answer {
	results := map[string]any{}
	for _, item := range items {
		results[name(item)] = names.Item(none(act(item)))
	}
	return session.Answer{"results": results}
}

func itself(name string) string { return name }

// rows are what a call says of partitions, in their order.
func rows(values map[session.Partition]any) []any {
	list := []any{}
	for _, partition := range session.Sorted(values) {
		list = append(list, partition.With(values[partition]))
	}
	return list
}
