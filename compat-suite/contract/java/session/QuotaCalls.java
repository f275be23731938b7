package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;

/** Quotas: an entity is `{"user": name or null, ...}`, where null is the default of its kind. */
final class QuotaCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("describe-quotas", QuotaCalls::describe);
        calls.put("alter-quotas", QuotaCalls::alter);
    }

    private static Map<String, Object> describe(AdminClient admin, Request request) throws Exception {
        List<ClientQuotaFilterComponent> components = new ArrayList<>();
        request.inner("entity").fields().forEach((kind, name) -> components.add(name == null
            ? ClientQuotaFilterComponent.ofDefaultEntity(kind)
            : ClientQuotaFilterComponent.ofEntity(kind, name.toString())));
        List<Map<String, Object>> quotas = new ArrayList<>();
        admin.describeClientQuotas(ClientQuotaFilter.contains(components)).entities().get().forEach(
            (entity, values) -> quotas.add(Map.of(
                "entity", new TreeMap<>(entity.entries()), "values", new TreeMap<>(values))));
        quotas.sort(java.util.Comparator.comparing(quota -> quota.get("entity").toString()));
        return Map.of("quotas", quotas);
    }

    private static Map<String, Object> alter(AdminClient admin, Request request) throws Exception {
        Map<String, String> entries = new HashMap<>();
        request.inner("entity").fields().forEach((kind, name) ->
            entries.put(kind, name == null ? null : name.toString()));
        Collection<ClientQuotaAlteration.Op> changes = new ArrayList<>();
        request.inner("set").fields().forEach((name, value) ->
            changes.add(new ClientQuotaAlteration.Op(name, ((Number) value).doubleValue())));
        request.names("delete").forEach(name -> changes.add(new ClientQuotaAlteration.Op(name, null)));
        ClientQuotaAlteration alteration = new ClientQuotaAlteration(new ClientQuotaEntity(entries), changes);
        admin.alterClientQuotas(List.of(alteration)).all().get();
        return Map.of();
    }
}
