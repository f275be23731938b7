// The calls for quotas: entities are users, client ids and addresses, by name or, as null, the default of all.
import { ClientQuotaMatchTypes } from "@platformatic/kafka";

const componentOf = ([entityType, match]) =>
  match === null
    ? { entityType, matchType: ClientQuotaMatchTypes.DEFAULT }
    : { entityType, matchType: ClientQuotaMatchTypes.EXACT, match };

export async function describe(admin, { entity }) {
  const entries = await admin.describeClientQuotas({ components: Object.entries(entity).map(componentOf) });
  const quotas = entries.map(({ entity: parts, values }) => ({
    entity: Object.fromEntries(parts.map(({ entityType, entityName }) => [entityType, entityName])),
    values: Object.fromEntries(values.map(({ key, value }) => [key, value])),
  }));
  return { quotas };
}

export async function alter(admin, { entity, set = {}, delete: removed = [] }) {
  const entities = Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }));
  const ops = [
    ...Object.entries(set).map(([key, value]) => ({ key, value, remove: false })),
    ...removed.map((key) => ({ key, remove: true })),
  ];
  await admin.alterClientQuotas({ entries: [{ entities, ops }] });
}
