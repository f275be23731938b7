package session;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.common.config.ConfigResource;

/** What has settings (KIP-1142). */
final class ResourceCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("list-config-resources", ResourceCalls::list);
    }

    private static ConfigResource.Type type(String name) {
        return ConfigResource.Type.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static Map<String, Object> list(AdminClient admin, Request request) throws Exception {
        return Map.of("resources", admin.listConfigResources(
                request.names("types").stream().map(ResourceCalls::type).collect(Collectors.toSet()),
                new ListConfigResourcesOptions()).all().get().stream()
            .map(each -> List.of(Answers.small(each.type()).replace('_', '-'), each.name()))
            .sorted(java.util.Comparator.comparing(Object::toString)).toList());
    }
}
