"""ACLs and SCRAM credentials."""

import json

from confluent_kafka import admin
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)
from failures import failures, results

# librdkafka calls the cluster a broker: for Kafka the two have one number.
CLUSTER = {"cluster": "BROKER"}


class Access:
    def create_acls(self, acls):
        wanted = [binding(each) for each in acls]
        done = results(self._client.create_acls(wanted))
        return {"acls": [done[each] for each in wanted]}

    def describe_acls(self, acls):
        return {"acls": in_order(acl for each in acls for acl in self._client.describe_acls(filter_of(each)).result())}

    def delete_acls(self, acls):
        futures = self._client.delete_acls([filter_of(each) for each in acls])
        return {"acls": in_order(acl for each in futures.values() for acl in each.result())}

    def describe_scram(self, users=None):
        found = self._client.describe_user_scram_credentials(users)
        if users is None:
            return {"results": {user: credentials(each) for user, each in found.result().items()}}
        return {
            "results": {
                user: failures.attempt(lambda each=each: credentials(each.result())) for user, each in found.items()
            }
        }

    def alter_scram(self, upsert=(), delete=()):
        wanted = [
            admin.UserScramCredentialUpsertion(
                each["user"],
                admin.ScramCredentialInfo(mechanism(each["mechanism"]), each["iterations"]),
                each["password"].encode(),
            )
            for each in upsert
        ]
        wanted += [admin.UserScramCredentialDeletion(each["user"], mechanism(each["mechanism"])) for each in delete]
        return {"results": results(self._client.alter_user_scram_credentials(wanted))}


def mechanism(name):
    return admin.ScramMechanism[name.replace("-", "_")]


def credentials(found):
    return [
        {"mechanism": each.mechanism.name.replace("_", "-"), "iterations": each.iterations}
        for each in found.scram_credential_infos
    ]


def member(kind, name):
    return kind[CLUSTER.get(name, name.upper())]


def binding(acl):
    return AclBinding(
        member(ResourceType, acl["resource_type"]),
        acl["name"],
        member(ResourcePatternType, acl.get("pattern", "literal")),
        acl["principal"],
        acl.get("host", "*"),
        member(AclOperation, acl["operation"]),
        member(AclPermissionType, acl.get("permission", "allow")),
    )


def filter_of(acl):
    return AclBindingFilter(
        member(ResourceType, acl.get("resource_type", "any")),
        acl.get("name"),
        member(ResourcePatternType, acl.get("pattern", "any")),
        acl.get("principal"),
        acl.get("host"),
        member(AclOperation, acl.get("operation", "any")),
        member(AclPermissionType, acl.get("permission", "any")),
    )


def in_order(acls):
    return sorted((shown(each) for each in acls), key=json.dumps)


def shown(acl):
    kind = acl.restype.name
    return {
        "resource_type": "cluster" if kind == "BROKER" else kind.lower(),
        "name": acl.name,
        "pattern": acl.resource_pattern_type.name.lower(),
        "principal": acl.principal,
        "host": acl.host,
        "operation": acl.operation.name.lower(),
        "permission": acl.permission_type.name.lower(),
    }
