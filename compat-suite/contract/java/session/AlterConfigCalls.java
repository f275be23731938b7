package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** Settings, changed one by one (KIP-339). */
final class AlterConfigCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("alter-configs", AlterConfigCalls::alter);
    }

    private static Map<String, Object> alter(AdminClient admin, Request request) {
        Collection<AlterConfigOp> changes = new ArrayList<>();
        add(changes, request.inner("set"), AlterConfigOp.OpType.SET);
        add(changes, request.inner("append"), AlterConfigOp.OpType.APPEND);
        add(changes, request.inner("subtract"), AlterConfigOp.OpType.SUBTRACT);
        for (String name : request.names("delete")) {
            changes.add(new AlterConfigOp(new ConfigEntry(name, null), AlterConfigOp.OpType.DELETE));
        }
        List<Object> row = request.list("resource");
        AlterConfigsOptions options = new AlterConfigsOptions().validateOnly(request.flag("validate_only"));
        return Answers.done(
            admin.incrementalAlterConfigs(Map.of(ConfigCalls.resource(row), changes), options).values(),
            ConfigResource::name);
    }

    private static void add(Collection<AlterConfigOp> changes, Request values, AlterConfigOp.OpType type) {
        values.fields().forEach((name, value) -> changes.add(
            new AlterConfigOp(new ConfigEntry(name, value == null ? null : value.toString()), type)));
    }
}
