package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"strings"

	"compat-suite/contract/session"

	"github.com/segmentio/kafka-go"
)

// Names of kafka-go's numbers, as the contract has them.
var (
	resourceTypes = map[string]kafka.ResourceType{
		"any": kafka.ResourceTypeAny, "topic": kafka.ResourceTypeTopic, "group": kafka.ResourceTypeGroup,
		"cluster": kafka.ResourceTypeCluster, "transactional_id": kafka.ResourceTypeTransactionalID,
		"delegation_token": kafka.ResourceTypeDelegationToken,
	}
	patterns = map[string]kafka.PatternType{
		"any": kafka.PatternTypeAny, "match": kafka.PatternTypeMatch, "literal": kafka.PatternTypeLiteral,
		"prefixed": kafka.PatternTypePrefixed,
	}
	operations = map[string]kafka.ACLOperationType{
		"any": kafka.ACLOperationTypeAny, "all": kafka.ACLOperationTypeAll, "read": kafka.ACLOperationTypeRead,
		"write": kafka.ACLOperationTypeWrite, "create": kafka.ACLOperationTypeCreate,
		"delete": kafka.ACLOperationTypeDelete, "alter": kafka.ACLOperationTypeAlter,
		"describe": kafka.ACLOperationTypeDescribe, "cluster_action": kafka.ACLOperationTypeClusterAction,
		"describe_configs": kafka.ACLOperationTypeDescribeConfigs, "alter_configs": kafka.ACLOperationTypeAlterConfigs,
		"idempotent_write": kafka.ACLOperationTypeIdempotentWrite,
	}
	permissions = map[string]kafka.ACLPermissionType{
		"any": kafka.ACLPermissionTypeAny, "allow": kafka.ACLPermissionTypeAllow, "deny": kafka.ACLPermissionTypeDeny,
	}
)

func number[N comparable](numbers map[string]N, name, otherwise string) (N, error) {
	if name == "" {
		name = otherwise
	}
	found, known := numbers[strings.ToLower(name)]
	if !known {
		return found, session.Invalid(name)
	}
	return found, nil
}

func name[N comparable](numbers map[string]N, wanted N) string {
	for name, number := range numbers {
		if number == wanted {
			return name
		}
	}
	return "unknown"
}

func text(given *string) string {
	if given == nil {
		return ""
	}
	return *given
}

// entryOf is a rule; as a filter, texts that are empty stand for any.
func entryOf(acl session.ACL, pattern, permission string) (kafka.ACLEntry, error) {
	kind, kindErr := number(resourceTypes, acl.ResourceType, "any")
	how, howErr := number(patterns, acl.Pattern, pattern)
	operation, operationErr := number(operations, acl.Operation, "any")
	allowed, allowedErr := number(permissions, acl.Permission, permission)
	return kafka.ACLEntry{
		ResourceType: kind, ResourceName: text(acl.Name), ResourcePatternType: how, Principal: text(acl.Principal),
		Host: text(acl.Host), Operation: operation, PermissionType: allowed,
	}, errors.Join(kindErr, howErr, operationErr, allowedErr)
}

func shown(entry kafka.ACLEntry) session.ACL {
	return session.ACL{
		ResourceType: name(resourceTypes, entry.ResourceType), Name: &entry.ResourceName,
		Pattern: name(patterns, entry.ResourcePatternType), Principal: &entry.Principal, Host: &entry.Host,
		Operation: name(operations, entry.Operation), Permission: name(permissions, entry.PermissionType),
	}
}

func (admin *admin) createACLs(ctx context.Context, asked struct{ ACLs []session.ACL }) (session.Answer, error) {
	request := &kafka.CreateACLsRequest{}
	for _, acl := range asked.ACLs {
		entry, err := entryOf(acl, "literal", "allow")
		if err != nil {
			return nil, err
		}
		if entry.Host == "" {
			entry.Host = "*"
		}
		request.ACLs = append(request.ACLs, entry)
	}
	answer, err := admin.CreateACLs(ctx, request)
	if err != nil {
		return nil, err
	}
	created := []any{}
	for _, err := range answer.Errors {
		created = append(created, names.Item(err))
	}
	return session.Answer{"acls": created}, nil
}

func (admin *admin) describeACLs(ctx context.Context, asked struct{ ACLs []session.ACL }) (session.Answer, error) {
	found := []session.ACL{}
	for _, acl := range asked.ACLs {
		entry, err := entryOf(acl, "any", "any")
		if err != nil {
			return nil, err
		}
		answer, err := admin.DescribeACLs(ctx, &kafka.DescribeACLsRequest{Filter: kafka.ACLFilter{
			ResourceTypeFilter: entry.ResourceType, ResourceNameFilter: entry.ResourceName,
			ResourcePatternTypeFilter: entry.ResourcePatternType, PrincipalFilter: entry.Principal,
			HostFilter: entry.Host, Operation: entry.Operation, PermissionType: entry.PermissionType,
		}})
		if err == nil {
			err = answer.Error
		}
		if err != nil {
			return nil, err
		}
		for _, resource := range answer.Resources {
			for _, each := range resource.ACLs {
				found = append(found, shown(kafka.ACLEntry{
					ResourceType: resource.ResourceType, ResourceName: resource.ResourceName,
					ResourcePatternType: resource.PatternType, Principal: each.Principal, Host: each.Host,
					Operation: each.Operation, PermissionType: each.PermissionType,
				}))
			}
		}
	}
	return session.Answer{"acls": session.SortACLs(found)}, nil
}

func (admin *admin) deleteACLs(ctx context.Context, asked struct{ ACLs []session.ACL }) (session.Answer, error) {
	request := &kafka.DeleteACLsRequest{}
	for _, acl := range asked.ACLs {
		entry, err := entryOf(acl, "any", "any")
		if err != nil {
			return nil, err
		}
		request.Filters = append(request.Filters, kafka.DeleteACLsFilter{
			ResourceTypeFilter: entry.ResourceType, ResourceNameFilter: entry.ResourceName,
			ResourcePatternTypeFilter: entry.ResourcePatternType, PrincipalFilter: entry.Principal,
			HostFilter: entry.Host, Operation: entry.Operation, PermissionType: entry.PermissionType,
		})
	}
	answer, err := admin.DeleteACLs(ctx, request)
	if err != nil {
		return nil, err
	}
	deleted := []session.ACL{}
	for _, result := range answer.Results {
		if result.Error != nil {
			return nil, result.Error
		}
		for _, each := range result.MatchingACLs {
			deleted = append(deleted, shown(kafka.ACLEntry{
				ResourceType: each.ResourceType, ResourceName: each.ResourceName,
				ResourcePatternType: each.ResourcePatternType, Principal: each.Principal, Host: each.Host,
				Operation: each.Operation, PermissionType: each.PermissionType,
			}))
		}
	}
	return session.Answer{"acls": session.SortACLs(deleted)}, nil
}

var mechanisms = map[string]kafka.ScramMechanism{
	"SCRAM-SHA-256": kafka.ScramMechanismSha256, "SCRAM-SHA-512": kafka.ScramMechanismSha512,
}

func (admin *admin) describeSCRAM(ctx context.Context, asked struct{ Users []string }) (session.Answer, error) {
	request := &kafka.DescribeUserScramCredentialsRequest{}
	for _, user := range asked.Users {
		request.Users = append(request.Users, kafka.UserScramCredentialsUser{Name: user})
	}
	answer, err := admin.DescribeUserScramCredentials(ctx, request)
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, err
	}
	described := map[string]any{}
	for _, user := range answer.Results {
		credentials := []any{}
		for _, info := range user.CredentialInfos {
			credentials = append(credentials, map[string]any{
				"mechanism": name(mechanisms, info.Mechanism), "iterations": info.Iterations,
			})
		}
		described[user.User] = names.Or(user.Error, credentials)
	}
	return session.Answer{"results": described}, nil
}

// alterSCRAM salts passwords itself: kafka-go takes them so.
func (admin *admin) alterSCRAM(ctx context.Context, asked session.AlteringCredentials) (session.Answer, error) {
	request := &kafka.AlterUserScramCredentialsRequest{}
	for _, each := range asked.Delete {
		request.Deletions = append(request.Deletions, kafka.UserScramCredentialsDeletion{
			Name: each.User, Mechanism: mechanisms[each.Mechanism],
		})
	}
	for _, each := range asked.Upsert {
		salt := []byte("salt of the suite")
		salted, err := pbkdf2.Key(sha256.New, each.Password, salt, int(each.Iterations), sha256.Size)
		if each.Mechanism == "SCRAM-SHA-512" {
			salted, err = pbkdf2.Key(sha512.New, each.Password, salt, int(each.Iterations), sha512.Size)
		}
		if err != nil {
			return nil, session.Invalid(err.Error())
		}
		request.Upsertions = append(request.Upsertions, kafka.UserScramCredentialsUpsertion{
			Name: each.User, Mechanism: mechanisms[each.Mechanism], Iterations: int(each.Iterations),
			Salt: salt, SaltedPassword: salted,
		})
	}
	answer, err := admin.AlterUserScramCredentials(ctx, request)
	if err != nil {
		return nil, err
	}
	altered := map[string]error{}
	for _, each := range answer.Results {
		altered[each.User] = each.Error
	}
	return results(altered), nil
}

// Entities of quotas have names: kafka-go can't name the default one.

func (admin *admin) describeQuotas(ctx context.Context, asked struct{ Entity map[string]*string }) (session.Answer, error) {
	request := &kafka.DescribeClientQuotasRequest{}
	for kind, name := range asked.Entity {
		component := kafka.DescribeClientQuotasRequestComponent{EntityType: kind, MatchType: 1, Match: text(name)}
		if name != nil {
			component.MatchType = 0
		}
		request.Components = append(request.Components, component)
	}
	answer, err := admin.DescribeClientQuotas(ctx, request)
	if err == nil {
		err = answer.Error
	}
	if err != nil {
		return nil, err
	}
	quotas := []any{}
	for _, each := range answer.Entries {
		entity, values := map[string]string{}, map[string]float64{}
		for _, component := range each.Entities {
			entity[component.EntityType] = component.EntityName
		}
		for _, value := range each.Values {
			values[value.Key] = value.Value
		}
		quotas = append(quotas, map[string]any{"entity": entity, "values": values})
	}
	return session.Answer{"quotas": quotas}, nil
}

func (admin *admin) alterQuotas(ctx context.Context, asked session.AlteringQuotas) (session.Answer, error) {
	var entry kafka.AlterClientQuotaEntry
	for kind, name := range asked.Entity {
		if name == nil {
			return nil, session.Unsupported("the default entity")
		}
		entry.Entities = append(entry.Entities, kafka.AlterClientQuotaEntity{EntityType: kind, EntityName: *name})
	}
	for key, value := range asked.Set {
		entry.Ops = append(entry.Ops, kafka.AlterClientQuotaOps{Key: key, Value: value})
	}
	for _, key := range asked.Delete {
		entry.Ops = append(entry.Ops, kafka.AlterClientQuotaOps{Key: key, Remove: true})
	}
	answer, err := admin.AlterClientQuotas(ctx, &kafka.AlterClientQuotasRequest{
		Entries: []kafka.AlterClientQuotaEntry{entry},
	})
	if err != nil {
		return nil, err
	}
	for _, each := range answer.Entries {
		err = errors.Join(err, each.Error)
	}
	return nil, err
}
