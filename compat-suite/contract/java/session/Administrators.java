package session;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;

/** The verbs `admin` and `metadata`. */
final class Administrators extends Handles<AdminClient> {
    private final Api api;
    private final Connection connection;
    private final Map<String, Calls.Call> calls = new HashMap<>();

    Administrators(Api api, Connection connection, List<Calls> parts) {
        super("admin");
        this.api = api;
        this.connection = connection;
        parts.forEach(part -> part.into(calls, api));
    }

    void into(Map<String, Session.Verb> verbs) {
        verbs.put("admin", request -> call(request.needed("call"), request));
        verbs.put("metadata", request -> metadata(opened(request), request));
    }

    Map<String, Object> call(String name, Request request) throws Exception {
        Calls.Call call = calls.get(name);
        if (call == null) {
            throw new UnsupportedOperationException("admin " + name);
        }
        return call.answer(opened(request), request);
    }

    private AdminClient opened(Request request) {
        return of(request, settings -> open());
    }

    private AdminClient open() {
        Properties properties = connection.properties();
        properties.put("request.timeout.ms", "10000");
        Settings.otherwise(properties, "default.api.timeout.ms", "15000", AdminClientConfig.configNames());
        return AdminClient.create(properties);
    }

    @Override
    void shut(AdminClient admin, boolean abandon) {
        api.close(admin);
    }

    private Map<String, Object> metadata(AdminClient admin, Request request) throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        Collection<String> names = request.has("topics")
            ? request.names("topics") : admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
        Map<String, Object> topics = new LinkedHashMap<>();
        api.describe(admin, names).forEach((name, described) -> topics.put(name, topic(described)));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("brokers", Answers.brokers(cluster.nodes().get()));
        answer.put("controller", Answers.id(cluster.controller().get()));
        answer.put("topics", topics);
        return answer;
    }

    private static Map<String, Object> topic(KafkaFuture<TopicDescription> described) {
        try {
            return Map.of("partitions", Answers.layout(described.get().partitions()));
        } catch (Exception failure) {
            Map<String, Object> told = new LinkedHashMap<>(Failures.told(failure));
            told.put("partitions", List.of());
            return told;
        }
    }
}
