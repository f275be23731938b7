package session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;

/** The verbs of consumers. */
final class Consumers extends Handles<Reader> {
    private final Api api;
    private final Connection connection;

    Consumers(Api api, Connection connection) {
        super("consumer");
        this.api = api;
        this.connection = connection;
    }

    Reader opened(Request request) {
        return of(request, settings -> "share".equals(settings.get("protocol"))
            ? api.shareReader(connection, settings) : new GroupReader(api, connection, settings));
    }

    @Override
    void shut(Reader reader, boolean abandon) {
        reader.close(abandon);
    }

    void into(Map<String, Session.Verb> verbs, Administrators administrators) {
        verbs.put("poll", request -> opened(request).poll(request, api));
        verbs.put("commit-offsets", request -> opened(request).commit(request));
        verbs.put("subscribe", done((reader, request) -> reader.subscribe(request)));
        verbs.put("unsubscribe", done((reader, request) -> reader.unsubscribe()));
        verbs.put("acknowledge", done((reader, request) -> reader.acknowledge(request)));
        verbs.put("assign", done((reader, request) -> reader.consumer().assign(request.partitions("partitions"))));
        verbs.put("pause", done((reader, request) -> reader.consumer().pause(request.partitions("partitions"))));
        verbs.put("resume", done((reader, request) -> reader.consumer().resume(request.partitions("partitions"))));
        verbs.put("seek", done((reader, request) ->
            request.offsets("offsets").forEach((partition, offset) -> reader.consumer().seek(partition, offset))));
        verbs.put("assignment", request ->
            Map.of("partitions", Answers.partitions(opened(request).consumer().assignment())));
        verbs.put("position", request -> position(opened(request).consumer(), request));
        verbs.put("committed", request -> committed(opened(request).consumer(), request));
        verbs.put("offsets", request -> "max-timestamp".equals(request.value("at"))
            ? administrators.call("list-offsets", request) : offsets(opened(request).consumer(), request));
    }

    private interface Step {
        void take(Reader reader, Request request);
    }

    private Session.Verb done(Step step) {
        return request -> {
            step.take(opened(request), request);
            return Map.of();
        };
    }

    private static Map<String, Object> position(Consumer<?, ?> consumer, Request request) {
        return Map.of("offsets", Answers.perPartitionFlat(request.partitions("partitions"),
            partition -> List.of(consumer.position(partition))));
    }

    private Map<String, Object> committed(Consumer<?, ?> consumer, Request request) {
        List<TopicPartition> partitions = request.partitions("partitions");
        return Map.of("offsets",
            Answers.committed(partitions, api.committed(consumer, new java.util.HashSet<>(partitions))));
    }

    private static Map<String, Object> offsets(Consumer<?, ?> consumer, Request request) {
        List<TopicPartition> partitions = request.partitions("partitions");
        String at = request.needed("at");
        if (at.equals("earliest") || at.equals("latest")) {
            Map<TopicPartition, Long> found =
                at.equals("earliest") ? consumer.beginningOffsets(partitions) : consumer.endOffsets(partitions);
            return Map.of("offsets", Answers.perPartition(partitions, found::get));
        }
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, request.number("at")));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
        return Map.of("offsets", Answers.perPartitionFlat(partitions, partition -> {
            OffsetAndTimestamp each = found.get(partition);
            return each == null ? Answers.row((Object) null) : List.of(each.offset(), each.timestamp());
        }));
    }
}
