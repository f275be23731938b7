package session;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A member of a share group. It acknowledges explicitly; what the caller leaves open is accepted by the next poll or
 * commit, as the client does for those that acknowledge nothing.
 */
final class ShareReader extends Reader {
    private static final Set<String> KNOWN = ConsumerConfig.configNames();
    private static final Set<String> OF_THE_GROUP = Set.of(
        "instance", "reset", "isolation", "assignor", "session_timeout_ms", "heartbeat_ms", "auto_commit",
        "auto_commit_ms");

    private final KafkaShareConsumer<byte[], byte[]> consumer;
    private final Map<List<Object>, ConsumerRecord<byte[], byte[]>> open = new LinkedHashMap<>();

    ShareReader(Connection connection, Map<String, Object> asked) {
        Map<String, Object> settings = new java.util.HashMap<>(asked);
        settings.remove("protocol");
        settings.keySet().stream().filter(OF_THE_GROUP::contains).findFirst().ifPresent(name -> {
            throw new UnsupportedOperationException("setting " + name + " of a share consumer");
        });
        Properties properties = connection.properties();
        Settings.into(properties, settings, Settings.OF_CONSUMERS, KNOWN);
        properties.put("share.acknowledgement.mode", "explicit");
        properties.put("default.api.timeout.ms", "15000");
        properties.put("request.timeout.ms", "10000");
        consumer = new KafkaShareConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    void subscribe(Request request) {
        if (request.has("pattern")) {
            throw new UnsupportedOperationException("pattern of a share consumer");
        }
        consumer.subscribe(request.names("topics"));
    }

    @Override
    void unsubscribe() {
        consumer.unsubscribe();
    }

    /** A second poll would settle the first one's records. */
    @Override
    boolean goesOn() {
        return false;
    }

    @Override
    ConsumerRecords<byte[], byte[]> next(long timeoutMs) {
        acceptOpen();
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(timeoutMs));
        records.forEach(record -> open.put(
            List.of(record.topic(), record.partition(), record.offset()), record));
        return records;
    }

    private void acceptOpen() {
        open.values().forEach(record -> consumer.acknowledge(record, AcknowledgeType.ACCEPT));
        open.clear();
    }

    @Override
    void acknowledge(Request request) {
        AcknowledgeType type = AcknowledgeType.valueOf(request.text("type", "accept").toUpperCase(Locale.ROOT));
        for (List<Object> row : request.rows("offsets")) {
            long offset = ((Number) row.get(2)).longValue();
            List<Object> key = List.of(row.get(0), ((Number) row.get(1)).intValue(), offset);
            if (!open.containsKey(key)) {
                throw new IllegalArgumentException(row + " was not polled, or is acknowledged");
            }
            consumer.acknowledge(open.remove(key), type);
        }
    }

    @Override
    Map<String, Object> commit(Request request) {
        if (request.has("offsets")) {
            throw new UnsupportedOperationException("offsets of a share consumer");
        }
        acceptOpen();
        Map<TopicIdPartition, Optional<KafkaException>> committed = consumer.commitSync();
        Collection<List<Object>> partitions = committed.entrySet().stream().map(each -> Answers.row(
            each.getKey().topic(), each.getKey().partition(), each.getValue().map(Failures::told).orElse(null)))
            .toList();
        return Map.of("partitions", partitions);
    }

    @Override
    void close(boolean abandon) {
        if (abandon) {
            Abandoned.now(consumer);
        } else {
            consumer.close();
        }
    }

    @Override
    Map<String, Object> told(ConsumerRecord<byte[], byte[]> record, Api api) {
        Map<String, Object> told = super.told(record, api);
        record.deliveryCount().ifPresent(count -> told.put("delivery_count", count));
        return told;
    }
}
