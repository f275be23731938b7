package main

import (
	"strings"

	"compat-suite/contract/session"

	"github.com/IBM/sarama"
)

// word fills one of sarama's numbers from its name; they read in lower case, without what joins words.
func word(number interface{ UnmarshalText([]byte) error }, name, otherwise string) error {
	if name == "" {
		name = otherwise
	}
	if err := number.UnmarshalText([]byte(strings.NewReplacer("_", "", "-", "").Replace(name))); err != nil {
		return session.Invalid(err.Error())
	}
	return nil
}

// shown is the contract's name of one of sarama's, which is like TransactionalID.
func shown(number interface{ MarshalText() ([]byte, error) }) string {
	text, _ := number.MarshalText()
	return map[string]string{
		"transactionalid": "transactional_id", "delegationtoken": "delegation_token", "clusteraction": "cluster_action",
		"describeconfigs": "describe_configs", "alterconfigs": "alter_configs", "idempotentwrite": "idempotent_write",
	}[strings.ToLower(string(text))]
}

func lower(number interface{ MarshalText() ([]byte, error) }) string {
	if name := shown(number); name != "" {
		return name
	}
	text, _ := number.MarshalText()
	return strings.ToLower(string(text))
}

func filterOf(acl session.ACL, pattern, permission string) (sarama.AclFilter, error) {
	filter := sarama.AclFilter{Version: 1, ResourceName: acl.Name, Principal: acl.Principal, Host: acl.Host}
	for _, each := range []struct {
		number          interface{ UnmarshalText([]byte) error }
		name, otherwise string
	}{
		{&filter.ResourceType, acl.ResourceType, "any"},
		{&filter.ResourcePatternTypeFilter, acl.Pattern, pattern},
		{&filter.Operation, acl.Operation, "any"},
		{&filter.PermissionType, acl.Permission, permission},
	} {
		if err := word(each.number, each.name, each.otherwise); err != nil {
			return filter, err
		}
	}
	return filter, nil
}

func text(given *string, otherwise string) string {
	if given == nil {
		return otherwise
	}
	return *given
}

func createACLs(admin sarama.ClusterAdmin, asked struct{ ACLs []session.ACL }) (session.Answer, error) {
	created := []any{}
	for _, acl := range asked.ACLs {
		filter, err := filterOf(acl, "literal", "allow")
		if err != nil {
			return nil, err
		}
		resource := sarama.Resource{
			ResourceType: filter.ResourceType, ResourceName: text(filter.ResourceName, ""),
			ResourcePatternType: filter.ResourcePatternTypeFilter,
		}
		rule := sarama.Acl{
			Principal: text(filter.Principal, ""), Host: text(filter.Host, "*"),
			Operation: filter.Operation, PermissionType: filter.PermissionType,
		}
		list := []*sarama.ResourceAcls{{Resource: resource, Acls: []*sarama.Acl{&rule}}}
		created = append(created, names.Item(admin.CreateACLs(list)))
	}
	return session.Answer{"acls": created}, nil
}

func entry(resource sarama.Resource, rule sarama.Acl) session.ACL {
	return session.ACL{
		ResourceType: lower(&resource.ResourceType), Name: &resource.ResourceName,
		Pattern: lower(&resource.ResourcePatternType), Principal: &rule.Principal, Host: &rule.Host,
		Operation: lower(&rule.Operation), Permission: lower(&rule.PermissionType),
	}
}

func describeACLs(admin sarama.ClusterAdmin, asked struct{ ACLs []session.ACL }) (session.Answer, error) {
	found := []session.ACL{}
	for _, acl := range asked.ACLs {
		filter, err := filterOf(acl, "any", "any")
		if err != nil {
			return nil, err
		}
		listed, err := admin.ListAcls(filter)
		if err != nil {
			return nil, err
		}
		for _, resource := range listed {
			for _, rule := range resource.Acls {
				found = append(found, entry(resource.Resource, *rule))
			}
		}
	}
	return session.Answer{"acls": session.SortACLs(found)}, nil
}

func deleteACLs(admin sarama.ClusterAdmin, asked struct{ ACLs []session.ACL }) (session.Answer, error) {
	deleted := []session.ACL{}
	for _, acl := range asked.ACLs {
		filter, err := filterOf(acl, "any", "any")
		if err != nil {
			return nil, err
		}
		matching, err := admin.DeleteACL(filter, false)
		if err != nil {
			return nil, err
		}
		for _, each := range matching {
			deleted = append(deleted, entry(each.Resource, each.Acl))
		}
	}
	return session.Answer{"acls": session.SortACLs(deleted)}, nil
}

var mechanisms = map[string]sarama.ScramMechanismType{
	"SCRAM-SHA-256": sarama.SCRAM_MECHANISM_SHA_256, "SCRAM-SHA-512": sarama.SCRAM_MECHANISM_SHA_512,
}

func describeSCRAM(admin sarama.ClusterAdmin, asked struct{ Users []string }) (session.Answer, error) {
	found, err := admin.DescribeUserScramCredentials(asked.Users)
	if err != nil {
		return nil, err
	}
	described := map[string]any{}
	for _, user := range found {
		credentials := []any{}
		for _, info := range user.CredentialInfos {
			credentials = append(credentials, map[string]any{
				"mechanism": info.Mechanism.String(), "iterations": info.Iterations,
			})
		}
		described[user.User] = names.Or(explained(user.ErrorCode, user.ErrorMessage), credentials)
	}
	return session.Answer{"results": described}, nil
}

func alterSCRAM(admin sarama.ClusterAdmin, asked session.AlteringCredentials) (session.Answer, error) {
	altered := map[string]any{}
	note := func(results []*sarama.AlterUserScramCredentialsResult, err error) error {
		for _, each := range results {
			altered[each.User] = names.Item(explained(each.ErrorCode, each.ErrorMessage))
		}
		return err
	}
	var remove []sarama.AlterUserScramCredentialsDelete
	for _, each := range asked.Delete {
		remove = append(remove, sarama.AlterUserScramCredentialsDelete{Name: each.User, Mechanism: mechanisms[each.Mechanism]})
	}
	var upsert []sarama.AlterUserScramCredentialsUpsert
	for _, each := range asked.Upsert {
		upsert = append(upsert, sarama.AlterUserScramCredentialsUpsert{
			Name: each.User, Mechanism: mechanisms[each.Mechanism], Iterations: each.Iterations,
			Salt: []byte("salt of the suite"), Password: []byte(each.Password),
		})
	}
	if len(remove) > 0 {
		if err := note(admin.DeleteUserScramCredentials(remove)); err != nil {
			return nil, err
		}
	}
	if len(upsert) > 0 {
		if err := note(admin.UpsertUserScramCredentials(upsert)); err != nil {
			return nil, err
		}
	}
	return session.Answer{"results": altered}, nil
}
