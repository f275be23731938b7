"""ACLs."""

import json

from kafka import errors
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from session import by_code


class Access:
    def create_acls(self, acls):
        """It tells only which succeeded and what errors the others had, so each is asked for alone."""
        return {"acls": [self._create_acl(each) for each in acls]}

    def _create_acl(self, acl):
        answer = self._client.create_acls([binding(acl)])
        return by_code(answer["failed"][0].errno).item() if answer["failed"] else None

    def describe_acls(self, acls):
        found = []
        for each in acls:
            matching, error = self._client.describe_acls(filter_of(each))
            if error is not errors.NoError:
                raise error
            found += matching
        return {"acls": sorted((shown(each) for each in found), key=json.dumps)}

    def delete_acls(self, acls):
        deleted = []
        for _, matching, error in self._client.delete_acls([filter_of(each) for each in acls]):
            if error is not errors.NoError:
                raise error
            deleted += [shown(each) for each in matching]
        return {"acls": sorted(deleted, key=json.dumps)}


def member(kind, name):
    return kind[name.upper()]


def binding(acl):
    pattern = ResourcePattern(
        member(ResourceType, acl["resource_type"]),
        acl["name"],
        member(ACLResourcePatternType, acl.get("pattern", "literal")),
    )
    operation, permission = (
        member(ACLOperation, acl["operation"]),
        member(ACLPermissionType, acl.get("permission", "allow")),
    )
    return ACL(acl["principal"], acl.get("host", "*"), operation, permission, pattern)


def filter_of(acl):
    pattern = ResourcePatternFilter(
        member(ResourceType, acl.get("resource_type", "any")),
        acl.get("name"),
        member(ACLResourcePatternType, acl.get("pattern", "any")),
    )
    operation = member(ACLOperation, acl.get("operation", "any"))
    return ACLFilter(
        acl.get("principal"),
        acl.get("host"),
        operation,
        member(ACLPermissionType, acl.get("permission", "any")),
        pattern,
    )


def shown(acl):
    return {
        "resource_type": acl.resource_pattern.resource_type.name.lower(),
        "name": acl.resource_pattern.resource_name,
        "pattern": acl.resource_pattern.pattern_type.name.lower(),
        "principal": acl.principal,
        "host": acl.host,
        "operation": acl.operation.name.lower(),
        "permission": acl.permission_type.name.lower(),
    }
