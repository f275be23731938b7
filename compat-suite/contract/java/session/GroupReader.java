package session;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer, in a group of either protocol or in none. */
final class GroupReader extends Reader {
    private static final Set<String> KNOWN = ConsumerConfig.configNames();

    private final Api api;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final boolean onServer;
    private final String group;
    private final Listener listener = new Listener();

    GroupReader(Api api, Connection connection, Map<String, Object> asked) {
        this.api = api;
        Map<String, Object> settings = new LinkedHashMap<>(asked);
        onServer = "consumer".equals(settings.get("protocol"));
        Properties properties = connection.properties();
        if (onServer && settings.containsKey("assignor")) {
            properties.put("group.remote.assignor", settings.remove("assignor").toString());
        }
        if ("classic".equals(settings.get("protocol")) && !KNOWN.contains("group.protocol")) {
            settings.remove("protocol"); // It has no other.
        }
        Settings.into(properties, settings, Settings.OF_CONSUMERS, KNOWN);
        defaults(properties);
        group = properties.getProperty("group.id");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void defaults(Properties properties) {
        properties.putIfAbsent("enable.auto.commit", "false");
        properties.putIfAbsent("auto.offset.reset", "earliest");
        Settings.otherwise(properties, "allow.auto.create.topics", "false", KNOWN);
        if (KNOWN.contains("default.api.timeout.ms")) {
            properties.put("default.api.timeout.ms", "15000");
            properties.put("request.timeout.ms", "10000");
        } else if (!properties.containsKey("group.id")) {
            // Its only limit for calls: five minutes unless told otherwise, since members wait as long for their group.
            properties.put("request.timeout.ms", "15000");
        }
        if (!onServer) {
            // With the newer protocol these are settings of the group.
            properties.putIfAbsent("session.timeout.ms", "10000");
            properties.putIfAbsent("heartbeat.interval.ms", "300");
        }
    }

    @Override
    Consumer<byte[], byte[]> consumer() {
        return consumer;
    }

    @Override
    String group() {
        return group;
    }

    @Override
    void subscribe(Request request) {
        if (request.has("pattern")) {
            api.subscribe(consumer, Pattern.compile(request.needed("pattern")), onServer, listener);
        } else {
            consumer.subscribe(request.names("topics"), listener);
        }
    }

    @Override
    void unsubscribe() {
        consumer.unsubscribe();
    }

    @Override
    ConsumerRecords<byte[], byte[]> next(long timeoutMs) {
        return api.poll(consumer, timeoutMs);
    }

    /** Without offsets or metadata, what the client itself takes for consumed: its positions. */
    @Override
    Map<String, Object> commit(Request request) {
        if (!request.has("offsets") && !request.has("metadata")) {
            consumer.commitSync();
            return Map.of();
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new LinkedHashMap<>();
        (request.has("offsets") ? request.offsets("offsets") : polled()).forEach((partition, offset) ->
            offsets.put(partition, new OffsetAndMetadata(offset, request.text("metadata", ""))));
        consumer.commitSync(offsets);
        return Map.of();
    }

    @Override
    void close(boolean abandon) {
        if (abandon) {
            Abandoned.now(consumer);
        } else {
            consumer.close();
        }
    }

    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            happened("assigned", partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            happened("revoked", partitions);
        }

        // Overrides nothing in clients before 2.4, which know of no lost partitions.
        @SuppressWarnings("all")
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            happened("lost", partitions);
        }
    }
}
