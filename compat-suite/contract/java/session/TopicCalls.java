package session;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;

/** Topics, and the cluster. */
final class TopicCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("create-topics", TopicCalls::create);
        calls.put("delete-topics", (admin, request) ->
            Answers.done(api.delete(admin, request.names("topics")), name -> name));
        calls.put("list-topics", TopicCalls::list);
        calls.put("describe-topics", (admin, request) ->
            Answers.results(api.describe(admin, request.names("topics")), topic -> told(topic, api)));
        calls.put("describe-cluster", (admin, request) -> cluster(admin));
    }

    private static Map<String, Object> create(AdminClient admin, Request request) {
        List<NewTopic> topics = request.items("topics").stream().map(TopicCalls::topic).toList();
        CreateTopicsOptions options = new CreateTopicsOptions().validateOnly(request.flag("validate_only"));
        return Answers.done(admin.createTopics(topics, options).values(), name -> name);
    }

    /** -1 partitions or replicas, which is also what none says, are the broker's defaults. */
    private static NewTopic topic(Request asked) {
        String name = asked.needed("name");
        NewTopic topic;
        if (asked.has("assignments")) {
            Map<Integer, List<Integer>> assignments = new HashMap<>();
            for (Object replicas : asked.list("assignments")) {
                assignments.put(assignments.size(), Request.integers(replicas));
            }
            topic = new NewTopic(name, assignments);
        } else {
            topic = new NewTopic(name, (int) asked.number("partitions", -1), (short) asked.number("replicas", -1));
        }
        Map<String, String> configs = new HashMap<>();
        asked.inner("configs").fields().forEach((key, value) -> configs.put(key, String.valueOf(value)));
        return topic.configs(configs);
    }

    private static Map<String, Object> list(AdminClient admin, Request request) throws Exception {
        ListTopicsOptions options = new ListTopicsOptions().listInternal(request.flag("internal"));
        return Map.of("topics", new TreeSet<>(admin.listTopics(options).names().get()));
    }

    private static Map<String, Object> told(TopicDescription topic, Api api) {
        Map<String, Object> told = new LinkedHashMap<>();
        if (api.id(topic) != null) {
            told.put("id", api.id(topic));
        }
        told.put("internal", topic.isInternal());
        told.put("partitions", Answers.layout(topic.partitions()));
        return Collections.unmodifiableMap(told);
    }

    private static Map<String, Object> cluster(AdminClient admin) throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("cluster", cluster.clusterId().get());
        told.put("controller", Answers.id(cluster.controller().get()));
        told.put("brokers", Answers.brokers(cluster.nodes().get()));
        return told;
    }
}
