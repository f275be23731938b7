package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;

/** What reads records: a consumer, or a member of a share group. What one of them lacks is not supported. */
abstract class Reader {
    private final List<Object> events = new ArrayList<>();
    private final Map<TopicPartition, Long> polled = new LinkedHashMap<>();
    private RuntimeException failure;

    abstract void subscribe(Request request);

    abstract void unsubscribe();

    abstract ConsumerRecords<byte[], byte[]> next(long timeoutMs);

    abstract Map<String, Object> commit(Request request);

    abstract void close(boolean abandon);

    /** Whether one poll may ask for more while records that it got are still in the hands of the caller. */
    boolean goesOn() {
        return true;
    }

    void acknowledge(Request request) {
        throw new UnsupportedOperationException("acknowledge is for share consumers");
    }

    /** The client's consumer, for the verbs that only a consumer has. */
    Consumer<byte[], byte[]> consumer() {
        throw new UnsupportedOperationException("a share consumer has no such thing");
    }

    String group() {
        throw new UnsupportedOperationException("a share consumer has no such thing");
    }

    /** The next offset of each partition by what was polled. */
    final Map<TopicPartition, Long> polled() {
        return polled;
    }

    final void happened(String event, Collection<TopicPartition> partitions) {
        events.add(List.of(event, Answers.partitions(partitions)));
    }

    /** Records until there are `count`, or (without a count) any; else what came in the time. */
    final Map<String, Object> poll(Request request, Api api) {
        if (failure != null) {
            RuntimeException held = failure;
            failure = null;
            throw held;
        }
        long deadline = System.nanoTime() + request.number("timeout_ms") * 1_000_000;
        long wanted = request.number("count", 1);
        List<Object> records = new ArrayList<>();
        boolean more = true;
        while (more) {
            long remainingMs = Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
            try {
                ConsumerRecords<byte[], byte[]> came = next(remainingMs);
                long room = goesOn() && request.has("count") ? wanted - records.size() : came.count();
                take(came, room).forEach(record -> records.add(took(record, api)));
            } catch (RuntimeException thrown) {
                if (records.isEmpty()) {
                    throw thrown;
                }
                failure = thrown; // The records count; the failure is told by the next poll.
            }
            boolean satisfied = records.size() >= wanted || (!records.isEmpty() && !goesOn());
            more = failure == null && !satisfied && System.nanoTime() < deadline;
        }
        List<Object> told = List.copyOf(events);
        events.clear();
        return Map.of("records", records, "events", told);
    }

    /** As many of the records as there is room for; the others are for the next poll, to which the client goes back. */
    private List<ConsumerRecord<byte[], byte[]>> take(ConsumerRecords<byte[], byte[]> came, long room) {
        List<ConsumerRecord<byte[], byte[]>> taken = new ArrayList<>();
        Map<TopicPartition, Long> left = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : came) {
            if (taken.size() < room) {
                taken.add(record);
            } else {
                left.putIfAbsent(new TopicPartition(record.topic(), record.partition()), record.offset());
            }
        }
        left.forEach((partition, offset) -> consumer().seek(partition, offset));
        return taken;
    }

    private Map<String, Object> took(ConsumerRecord<byte[], byte[]> record, Api api) {
        polled.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
        return told(record, api);
    }

    Map<String, Object> told(ConsumerRecord<byte[], byte[]> record, Api api) {
        return shown(record, api);
    }

    /** A record as answers show it. */
    static Map<String, Object> shown(ConsumerRecord<byte[], byte[]> record, Api api) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("topic", record.topic());
        told.put("partition", record.partition());
        told.put("offset", record.offset());
        told.put("timestamp", record.timestamp());
        if (record.timestampType() != TimestampType.NO_TIMESTAMP_TYPE) {
            told.put("timestamp_type", record.timestampType() == TimestampType.CREATE_TIME ? "create" : "append");
        }
        told.put("key", Answers.base64(record.key()));
        told.put("value", Answers.base64(record.value()));
        List<Object> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(Answers.row(header.key(), Answers.base64(header.value())));
        }
        told.put("headers", headers);
        Integer epoch = api.leaderEpoch(record);
        if (epoch != null) {
            told.put("leader_epoch", epoch);
        }
        return told;
    }
}
