package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** Settings, replaced all at once: gone from the client of Kafka 4. */
final class ReplaceConfigCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("replace-configs", ReplaceConfigCalls::replace);
    }

    @SuppressWarnings("deprecation")
    private static Map<String, Object> replace(AdminClient admin, Request request) {
        Collection<ConfigEntry> entries = new ArrayList<>();
        request.inner("set").fields().forEach((name, value) -> entries.add(new ConfigEntry(name, value.toString())));
        ConfigResource resource = ConfigCalls.resource(request.list("resource"));
        return Answers.done(
            admin.alterConfigs(Map.of(resource, new Config(entries))).values(), ConfigResource::name);
    }
}
