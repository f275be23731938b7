package main

import (
	"context"
	"strings"
	"time"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Rules go one to a request of franz-go's own: kadm's builder makes all combinations of what it is given.

func (admin *admin) createACLs(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ ACLs []session.ACL }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	create := kmsg.NewPtrCreateACLsRequest()
	for _, acl := range asked.ACLs {
		filter, err := filterOf(acl, "allow")
		if err != nil {
			return nil, err
		}
		if filter.ResourcePatternType == kmsg.ACLResourcePatternTypeAny {
			filter.ResourcePatternType = kmsg.ACLResourcePatternTypeLiteral
		}
		create.Creations = append(create.Creations, kmsg.CreateACLsRequestCreation{
			ResourceType: filter.ResourceType, ResourceName: or(filter.ResourceName, ""),
			ResourcePatternType: filter.ResourcePatternType, Principal: or(filter.Principal, ""),
			Host: or(filter.Host, "*"), Operation: filter.Operation, PermissionType: filter.PermissionType,
		})
	}
	answer, err := create.RequestWith(ctx, admin.Client)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	created := []any{}
	for _, each := range answer.Results {
		created = append(created, names.Item(coded(each.ErrorCode, each.ErrorMessage)))
	}
	return session.Answer{"acls": created}, nil
}

func or(text *string, other string) string {
	if text == nil {
		return other
	}
	return *text
}

func filterOf(acl session.ACL, permission string) (filter kmsg.DeleteACLsRequestFilter, err error) {
	word := func(given, other string) string {
		if given == "" {
			return other
		}
		return given
	}
	filter.ResourceName, filter.Principal, filter.Host = acl.Name, acl.Principal, acl.Host
	if filter.ResourceType, err = kmsg.ParseACLResourceType(word(acl.ResourceType, "any")); err != nil {
		return filter, session.Invalid(err.Error())
	}
	if filter.ResourcePatternType, err = kmsg.ParseACLResourcePatternType(word(acl.Pattern, "any")); err != nil {
		return filter, session.Invalid(err.Error())
	}
	if filter.Operation, err = kmsg.ParseACLOperation(word(acl.Operation, "any")); err != nil {
		return filter, session.Invalid(err.Error())
	}
	if filter.PermissionType, err = kmsg.ParseACLPermissionType(word(acl.Permission, permission)); err != nil {
		return filter, session.Invalid(err.Error())
	}
	return filter, nil
}

func (admin *admin) describeACLs(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ ACLs []session.ACL }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	found := []session.ACL{}
	for _, acl := range asked.ACLs {
		filter, err := filterOf(acl, "any")
		if err != nil {
			return nil, err
		}
		describe := kmsg.NewPtrDescribeACLsRequest()
		describe.ResourceType, describe.ResourceName = filter.ResourceType, filter.ResourceName
		describe.ResourcePatternType, describe.Principal = filter.ResourcePatternType, filter.Principal
		describe.Host, describe.Operation, describe.PermissionType = filter.Host, filter.Operation, filter.PermissionType
		answer, err := describe.RequestWith(ctx, admin.Client)
		if err == nil {
			err = coded(answer.ErrorCode, answer.ErrorMessage)
		}
		if err != nil {
			return nil, orTimedOut(ctx, err)
		}
		for _, resource := range answer.Resources {
			for _, each := range resource.ACLs {
				found = append(found, shown(resource.ResourceType, resource.ResourceName, resource.ResourcePatternType,
					each.Principal, each.Host, each.Operation, each.PermissionType))
			}
		}
	}
	return session.Answer{"acls": session.SortACLs(found)}, nil
}

func shown(
	kind kmsg.ACLResourceType, name string, pattern kmsg.ACLResourcePatternType,
	principal, host string, operation kmsg.ACLOperation, permission kmsg.ACLPermissionType,
) session.ACL {
	return session.ACL{
		ResourceType: strings.ToLower(kind.String()), Name: &name, Pattern: strings.ToLower(pattern.String()),
		Principal: &principal, Host: &host, Operation: strings.ToLower(operation.String()),
		Permission: strings.ToLower(permission.String()),
	}
}

func (admin *admin) deleteACLs(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ ACLs []session.ACL }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	remove := kmsg.NewPtrDeleteACLsRequest()
	for _, acl := range asked.ACLs {
		filter, err := filterOf(acl, "any")
		if err != nil {
			return nil, err
		}
		remove.Filters = append(remove.Filters, filter)
	}
	answer, err := remove.RequestWith(ctx, admin.Client)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	deleted := []session.ACL{}
	for _, result := range answer.Results {
		if err := coded(result.ErrorCode, result.ErrorMessage); err != nil {
			return nil, err
		}
		for _, each := range result.MatchingACLs {
			deleted = append(deleted, shown(each.ResourceType, each.ResourceName, each.ResourcePatternType,
				each.Principal, each.Host, each.Operation, each.PermissionType))
		}
	}
	return session.Answer{"acls": session.SortACLs(deleted)}, nil
}

func (admin *admin) describeSCRAM(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Users []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	answer, err := admin.kadm.DescribeUserSCRAMs(ctx, asked.Users...)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	described := map[string]any{}
	for user, each := range answer {
		credentials := []any{}
		for _, info := range each.CredInfos {
			credentials = append(credentials, map[string]any{
				"mechanism": info.Mechanism.String(), "iterations": info.Iterations,
			})
		}
		described[user] = names.Or(explained(each.Err, each.ErrMessage), credentials)
	}
	return results(described), nil
}

func (admin *admin) alterSCRAM(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.AlteringCredentials
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	mechanisms := map[string]kadm.ScramMechanism{"SCRAM-SHA-256": kadm.ScramSha256, "SCRAM-SHA-512": kadm.ScramSha512}
	var remove []kadm.DeleteSCRAM
	for _, each := range asked.Delete {
		remove = append(remove, kadm.DeleteSCRAM{User: each.User, Mechanism: mechanisms[each.Mechanism]})
	}
	var upsert []kadm.UpsertSCRAM
	for _, each := range asked.Upsert {
		upsert = append(upsert, kadm.UpsertSCRAM{
			User: each.User, Mechanism: mechanisms[each.Mechanism], Iterations: each.Iterations, Password: each.Password,
		})
	}
	answer, err := admin.kadm.AlterUserSCRAMs(ctx, remove, upsert)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	altered := map[string]any{}
	for user, each := range answer {
		altered[user] = names.Item(explained(each.Err, each.ErrMessage))
	}
	return results(altered), nil
}

func (admin *admin) describeQuotas(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Entity map[string]*string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	var components []kadm.DescribeClientQuotaComponent
	for kind, name := range asked.Entity {
		component := kadm.DescribeClientQuotaComponent{Type: kind, MatchName: name, MatchType: kmsg.QuotasMatchTypeExact}
		if name == nil {
			component.MatchType = kmsg.QuotasMatchTypeDefault
		}
		components = append(components, component)
	}
	answer, err := admin.kadm.DescribeClientQuotas(ctx, false, components)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	quotas := []any{}
	for _, each := range answer {
		entity, values := map[string]*string{}, map[string]float64{}
		for _, component := range each.Entity {
			entity[component.Type] = component.Name
		}
		for _, value := range each.Values {
			values[value.Key] = value.Value
		}
		quotas = append(quotas, map[string]any{"entity": entity, "values": values})
	}
	return session.Answer{"quotas": quotas}, nil
}

func (admin *admin) alterQuotas(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked session.AlteringQuotas
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	var entry kadm.AlterClientQuotaEntry
	for kind, name := range asked.Entity {
		entry.Entity = append(entry.Entity, kadm.ClientQuotaEntityComponent{Type: kind, Name: name})
	}
	for key, value := range asked.Set {
		entry.Ops = append(entry.Ops, kadm.AlterClientQuotaOp{Key: key, Value: value})
	}
	for _, key := range asked.Delete {
		entry.Ops = append(entry.Ops, kadm.AlterClientQuotaOp{Key: key, Remove: true})
	}
	answer, err := admin.kadm.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{entry})
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	for _, each := range answer {
		if each.Err != nil {
			return nil, explained(each.Err, each.ErrMessage)
		}
	}
	return nil, nil
}

func principal(text string) kadm.Principal {
	kind, name, _ := strings.Cut(text, ":")
	return kadm.Principal{Type: kind, Name: name}
}

func principals(texts []string) []kadm.Principal {
	var list []kadm.Principal
	for _, text := range texts {
		list = append(list, principal(text))
	}
	return list
}

func token(found kadm.DelegationToken) map[string]any {
	renewers := []string{}
	for _, each := range found.Renewers {
		renewers = append(renewers, each.Type+":"+each.Name)
	}
	return map[string]any{
		"id": found.TokenID, "hmac": found.HMAC, "owner": found.Owner.Type + ":" + found.Owner.Name, "renewers": renewers,
		"issued": found.IssueTimestamp.UnixMilli(), "expires": found.ExpiryTimestamp.UnixMilli(),
		"max": found.MaxTimestamp.UnixMilli(),
	}
}

func (admin *admin) createToken(ctx context.Context, request *session.Request) (session.Answer, error) {
	asked := struct {
		Owner       *string
		Renewers    []string
		MaxLifetime session.Milliseconds `json:"max_lifetime_ms"`
	}{MaxLifetime: -1}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	wanted := kadm.CreateDelegationToken{Renewers: principals(asked.Renewers), MaxLifetime: -1}
	if asked.MaxLifetime >= 0 {
		wanted.MaxLifetime = asked.MaxLifetime.Duration()
	}
	if asked.Owner != nil {
		owner := principal(*asked.Owner)
		wanted.Owner = &owner
	}
	created, err := admin.kadm.CreateDelegationToken(ctx, wanted)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	return session.Answer{"token": token(created)}, nil
}

func (admin *admin) describeTokens(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ Owners []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	found, err := admin.kadm.DescribeDelegationTokens(ctx, principals(asked.Owners)...)
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	tokens := []any{}
	for _, each := range found {
		tokens = append(tokens, token(each))
	}
	return session.Answer{"tokens": tokens}, nil
}

// aging are the arguments of what changes when a token expires.
type aging struct {
	HMAC []byte
	For  session.Milliseconds `json:"period_ms"`
}

func (admin *admin) renewToken(ctx context.Context, request *session.Request) (session.Answer, error) {
	return aged(ctx, request, admin.kadm.RenewDelegationToken)
}

func (admin *admin) expireToken(ctx context.Context, request *session.Request) (session.Answer, error) {
	return aged(ctx, request, admin.kadm.ExpireDelegationToken)
}

func aged(
	ctx context.Context, request *session.Request, act func(context.Context, []byte, time.Duration) (time.Time, error),
) (session.Answer, error) {
	var asked aging
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	expires, err := act(ctx, asked.HMAC, asked.For.Duration())
	if err != nil {
		return nil, orTimedOut(ctx, err)
	}
	return session.Answer{"expires": expires.UnixMilli()}, nil
}
