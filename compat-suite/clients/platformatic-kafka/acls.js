// The calls for access control lists, whose entries are numbers; the contract has Kafka's names in lower case.
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from "@platformatic/kafka";
import { Refusal, errorItem } from "./contract/refusal.mjs";
import { named } from "./client.js";

function number(numbers, name) {
  const value = numbers[(name ?? "any").toUpperCase()];
  if (value === undefined) throw new Refusal("INVALID_ARGUMENT", `${name}`);
  return value;
}

const name = (numbers, value) => {
  const found = Object.keys(numbers).find((each) => numbers[each] === value);
  return found?.toLowerCase() ?? `${value}`;
};

const entryOf = (acl) => ({
  resourceType: number(ResourceTypes, acl.resource_type),
  resourceName: acl.name ?? null,
  resourcePatternType: number(ResourcePatternTypes, acl.pattern),
  principal: acl.principal ?? null,
  host: acl.host ?? null,
  operation: number(AclOperations, acl.operation),
  permissionType: number(AclPermissionTypes, acl.permission),
});

const aclOf = (resource, entry) => ({
  resource_type: name(ResourceTypes, resource.resourceType),
  name: resource.resourceName,
  pattern: name(ResourcePatternTypes, resource.resourcePatternType),
  principal: entry.principal,
  host: entry.host,
  operation: name(AclOperations, entry.operation),
  permission: name(AclPermissionTypes, entry.permissionType),
});

const byText = (acls) => {
  const text = (acl) => JSON.stringify(Object.entries(acl).sort());
  return acls.sort((a, b) => (text(a) < text(b) ? -1 : 1));
};

export async function create(admin, { acls }) {
  const answers = [];
  for (const acl of acls) {
    const created = async () => void (await admin.createAcls({ creations: [entryOf(acl)] }));
    answers.push((await created().catch((error) => errorItem(error, named))) ?? null);
  }
  return { acls: answers };
}

export async function describe(admin, { acls }) {
  const found = [];
  for (const filter of acls) {
    const resources = await admin.describeAcls({ filter: entryOf(filter) });
    found.push(...resources.flatMap((resource) => resource.acls.map((entry) => aclOf(resource, entry))));
  }
  return { acls: byText(found) };
}

export async function remove(admin, { acls }) {
  const deleted = await admin.deleteAcls({ filters: acls.map(entryOf) });
  return { acls: byText(deleted.map((entry) => aclOf(entry, entry))) };
}
