package session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/** Settings, read. */
final class ConfigCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("describe-configs", (admin, request) -> describe(admin, request, api));
    }

    /** `["topic", "name"]`: the kind is any that the client knows, with hyphens. */
    static ConfigResource resource(List<Object> row) {
        return new ConfigResource(kind(row.get(0).toString()), row.get(1).toString());
    }

    private static ConfigResource.Type kind(String name) {
        String constant = name.toUpperCase(Locale.ROOT).replace('-', '_');
        for (ConfigResource.Type type : ConfigResource.Type.values()) {
            if (type.name().equals(constant)) {
                return type;
            }
        }
        throw new UnsupportedOperationException("settings of a " + name);
    }

    private static Map<String, Object> describe(AdminClient admin, Request request, Api api) {
        List<ConfigResource> resources = request.rows("resources").stream().map(ConfigCalls::resource).toList();
        Map<ConfigResource, KafkaFuture<Config>> described = admin.describeConfigs(resources).values();
        List<Object> told = new ArrayList<>();
        for (ConfigResource resource : resources) {
            try {
                told.add(told(described.get(resource).get(), request.names("names"), api));
            } catch (Exception failure) {
                told.add(Failures.told(failure));
            }
        }
        return Map.of("configs", told);
    }

    private static Map<String, Object> told(Config config, List<String> names, Api api) {
        Map<String, Object> told = new LinkedHashMap<>();
        for (ConfigEntry entry : config.entries()) {
            if (names.isEmpty() || names.contains(entry.name())) {
                told.put(entry.name(), told(entry, api));
            }
        }
        return told;
    }

    private static Map<String, Object> told(ConfigEntry entry, Api api) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("value", entry.value());
        if (api.source(entry) != null) {
            told.put("source", api.source(entry));
        }
        told.put("read_only", entry.isReadOnly());
        told.put("sensitive", entry.isSensitive());
        told.put("default", entry.isDefault());
        return told;
    }
}
