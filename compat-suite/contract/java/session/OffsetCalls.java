package session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Offsets by time. */
class OffsetCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("list-offsets", this::list);
    }

    OffsetSpec spec(String at) {
        return switch (at) {
            case "earliest" -> OffsetSpec.earliest();
            case "latest" -> OffsetSpec.latest();
            default -> {
                if (!at.matches("-?\\d+")) {
                    throw new UnsupportedOperationException("at " + at);
                }
                yield OffsetSpec.forTimestamp(Long.parseLong(at));
            }
        };
    }

    private Map<String, Object> list(AdminClient admin, Request request) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        String at = request.needed("at");
        request.partitions("partitions").forEach(partition -> wanted.put(partition, spec(at)));
        boolean committed = request.text("isolation", "read_uncommitted").equals("read_committed");
        ListOffsetsResult found = admin.listOffsets(wanted, new ListOffsetsOptions(
            committed ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED));
        Set<TopicPartition> partitions = wanted.keySet();
        return Map.of("offsets", Answers.perPartitionFlat(partitions, partition -> {
            ListOffsetsResult.ListOffsetsResultInfo each = found.partitionResult(partition).get();
            if (each.offset() < 0) {
                return Answers.row((Object) null);
            }
            return each.timestamp() < 0 ? List.of(each.offset()) : List.of(each.offset(), each.timestamp());
        }));
    }
}
