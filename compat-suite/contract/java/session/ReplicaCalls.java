package session;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Leaders, and where replicas are. */
final class ReplicaCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("elect-leaders", ReplicaCalls::elect);
        calls.put("reassign", ReplicaCalls::reassign);
        calls.put("list-reassignments", ReplicaCalls::list);
    }

    private static Map<String, Object> elect(AdminClient admin, Request request) throws Exception {
        ElectionType type = ElectionType.valueOf(request.text("kind", "preferred").toUpperCase(Locale.ROOT));
        Set<TopicPartition> partitions =
            request.has("partitions") ? new HashSet<>(request.partitions("partitions")) : null;
        Map<TopicPartition, Optional<Throwable>> elected = admin.electLeaders(type, partitions).partitions().get();
        return Map.of("partitions", Answers.perPartition(
            elected.keySet(), partition -> elected.get(partition).map(Failures::told).orElse(null)));
    }

    private static Map<String, Object> reassign(AdminClient admin, Request request) {
        Map<TopicPartition, Optional<NewPartitionReassignment>> wanted = new HashMap<>();
        for (List<Object> row : request.rows("assignments")) {
            wanted.put(Request.partition(row),
                Optional.ofNullable(row.get(2)).map(Request::integers).map(NewPartitionReassignment::new));
        }
        Map<TopicPartition, KafkaFuture<Void>> altered = admin.alterPartitionReassignments(wanted).values();
        return Map.of("partitions", Answers.perPartition(
            altered.keySet(), partition -> altered.get(partition).get()));
    }

    private static Map<String, Object> list(AdminClient admin, Request request) throws Exception {
        Map<TopicPartition, PartitionReassignment> found = request.has("partitions")
            ? admin.listPartitionReassignments(new HashSet<>(request.partitions("partitions"))).reassignments().get()
            : admin.listPartitionReassignments().reassignments().get();
        return Map.of("partitions", Answers.perPartition(found.keySet(), partition -> {
            PartitionReassignment each = found.get(partition);
            return Map.of("replicas", each.replicas(), "adding", each.addingReplicas(),
                "removing", each.removingReplicas());
        }));
    }
}
