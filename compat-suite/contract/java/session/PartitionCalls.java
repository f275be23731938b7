package session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.DeletedRecords;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Partitions: more of them, and less in them. */
final class PartitionCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("create-partitions", PartitionCalls::create);
        calls.put("delete-records", PartitionCalls::deleteRecords);
    }

    /** `assignments` gives the replicas of the new partitions by topic. */
    private static Map<String, Object> create(AdminClient admin, Request request) {
        Request assignments = request.inner("assignments");
        Map<String, NewPartitions> wanted = new HashMap<>();
        request.inner("topics").fields().forEach((name, total) -> {
            int count = ((Number) total).intValue();
            List<List<Integer>> replicas =
                assignments.list(name).stream().map(Request::integers).collect(Collectors.toList());
            wanted.put(name, replicas.isEmpty()
                ? NewPartitions.increaseTo(count) : NewPartitions.increaseTo(count, replicas));
        });
        CreatePartitionsOptions options = new CreatePartitionsOptions().validateOnly(request.flag("validate_only"));
        return Answers.done(admin.createPartitions(wanted, options).values(), name -> name);
    }

    private static Map<String, Object> deleteRecords(AdminClient admin, Request request) {
        Map<TopicPartition, RecordsToDelete> wanted = new HashMap<>();
        request.offsets("offsets").forEach((partition, offset) ->
            wanted.put(partition, RecordsToDelete.beforeOffset(offset)));
        Map<TopicPartition, KafkaFuture<DeletedRecords>> deleted = admin.deleteRecords(wanted).lowWatermarks();
        return Map.of("partitions", Answers.perPartition(
            deleted.keySet(), partition -> deleted.get(partition).get().lowWatermark()));
    }
}
