package session;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.TopicPartition;

/** The logs of brokers. */
final class LogCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("describe-log-dirs", LogCalls::describe);
    }

    private static Map<String, Object> describe(AdminClient admin, Request request) throws Exception {
        List<List<Object>> logs = new ArrayList<>();
        Map<Integer, Map<String, LogDirDescription>> brokers =
            admin.describeLogDirs(Request.integers(request.list("brokers"))).allDescriptions().get();
        for (Map.Entry<Integer, Map<String, LogDirDescription>> broker : brokers.entrySet()) {
            for (LogDirDescription directory : broker.getValue().values()) {
                for (Map.Entry<TopicPartition, ReplicaInfo> replica : directory.replicaInfos().entrySet()) {
                    TopicPartition partition = replica.getKey();
                    long bytes = replica.getValue().size();
                    logs.add(List.of(broker.getKey(), partition.topic(), partition.partition(), bytes));
                }
            }
        }
        logs.sort(Comparator.comparing((List<Object> row) -> (Integer) row.get(0))
            .thenComparing(row -> (String) row.get(1)).thenComparing(row -> (Integer) row.get(2)));
        return Map.of("logs", logs);
    }
}
