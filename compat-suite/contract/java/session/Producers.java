package session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The verbs of producers. */
final class Producers extends Handles<Producers.Opened> {
    private static final long CLOSING_MS = 10_000;
    private static final long RETRY_BACKOFF_MS = 100;
    private static final Set<String> KNOWN = ProducerConfig.configNames();

    private final Api api;
    private final Connection connection;

    Producers(Api api, Connection connection) {
        super("producer");
        this.api = api;
        this.connection = connection;
    }

    void into(Map<String, Session.Verb> verbs, Consumers consumers) {
        verbs.put("send", request -> send(opened(request).client, request));
        verbs.put("init", request -> {
            opened(request).init();
            return Map.of();
        });
        verbs.put("begin", request -> begin(opened(request)));
        verbs.put("commit", request -> {
            opened(request).client.commitTransaction();
            return Map.of();
        });
        verbs.put("abort", request -> {
            opened(request).client.abortTransaction();
            return Map.of();
        });
        verbs.put("send-offsets", request -> sendOffsets(opened(request).client, request, consumers));
    }

    private Opened opened(Request request) {
        return of(request, this::open);
    }

    private Opened open(Map<String, Object> asked) {
        Properties properties = connection.properties();
        Map<String, Object> settings = new LinkedHashMap<>(asked);
        if (Boolean.TRUE.equals(settings.get("auto_create"))) {
            settings.remove("auto_create"); // It knows no other way.
        }
        Object deliveryMs = KNOWN.contains("delivery.timeout.ms") ? null : settings.remove("delivery_timeout_ms");
        Settings.into(properties, settings, Settings.OF_PRODUCERS, KNOWN);
        if (KNOWN.contains("delivery.timeout.ms")) {
            properties.putIfAbsent("delivery.timeout.ms", "15000");
            properties.putIfAbsent("linger.ms", "5");
            // The client wants a delivery to be given at least the time of one request after it has lingered.
            long most = number(properties, "delivery.timeout.ms") - number(properties, "linger.ms");
            properties.put("request.timeout.ms", String.valueOf(Math.max(1, Math.min(10_000, most))));
            properties.put("max.block.ms", "15000");
        } else {
            delivery(properties, deliveryMs == null ? 15_000 : ((Number) deliveryMs).longValue());
        }
        return new Opened(new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /**
     * Clients before 2.1 have no time for a delivery, but for each step of it: what waits is given up after a request's
     * timeout, and what is refused is tried anew so often. Unless told otherwise they would never, and a leader that is
     * just being made refuses; one request at a time keeps the order of what is tried again.
     */
    private static void delivery(Properties properties, long withinMs) {
        properties.put("request.timeout.ms", String.valueOf(withinMs));
        properties.put("max.block.ms", String.valueOf(withinMs));
        boolean idempotent = Boolean.parseBoolean(String.valueOf(properties.get("enable.idempotence")));
        if (!idempotent && !properties.containsKey("transactional.id")) { // Those try again of themselves.
            properties.put("retries", String.valueOf(withinMs / RETRY_BACKOFF_MS));
            properties.put("retry.backoff.ms", String.valueOf(RETRY_BACKOFF_MS));
            properties.putIfAbsent("max.in.flight.requests.per.connection", "1");
        }
    }

    private static long number(Properties properties, String key) {
        return Long.parseLong(properties.get(key).toString());
    }

    @Override
    void shut(Opened producer, boolean abandon) {
        api.close(producer.client, abandon ? 0 : CLOSING_MS);
    }

    private static Map<String, Object> send(KafkaProducer<byte[], byte[]> producer, Request request) {
        List<Object> sent = new ArrayList<>();
        List<Awaited> handedOver = new ArrayList<>();
        for (Request record : request.items("records")) {
            Awaited awaited = handOver(producer, record);
            if (request.flag("together")) {
                handedOver.add(awaited);
            } else {
                sent.add(told(awaited));
            }
        }
        handedOver.forEach(each -> sent.add(told(each)));
        return Map.of("sent", sent);
    }

    /** A record's acknowledgement, which may be long in coming, or a refusal. */
    interface Awaited {
        RecordMetadata get() throws Exception;
    }

    private static Awaited handOver(KafkaProducer<byte[], byte[]> producer, Request record) {
        try {
            Future<RecordMetadata> future = producer.send(record(record));
            return future::get;
        } catch (RuntimeException refusal) {
            return () -> {
                throw refusal;
            };
        }
    }

    static ProducerRecord<byte[], byte[]> record(Request record) {
        Integer partition = record.has("partition") ? (int) record.number("partition") : null;
        Long timestamp = record.has("timestamp") ? record.number("timestamp") : null;
        ProducerRecord<byte[], byte[]> built = new ProducerRecord<>(
            record.needed("topic"), partition, timestamp, record.bytes("key"), record.bytes("value"));
        record.rows("headers").forEach(header -> built.headers().add(
            header.get(0).toString(), Request.bytes(header.get(1))));
        return built;
    }

    static Object told(Awaited awaited) {
        try {
            RecordMetadata metadata = awaited.get();
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("partition", metadata.partition());
            told.put("offset", metadata.offset());
            if (metadata.timestamp() >= 0) {
                told.put("timestamp", metadata.timestamp());
            }
            return told;
        } catch (Exception failure) {
            return Failures.told(failure);
        }
    }

    private static Map<String, Object> begin(Opened producer) {
        if (!producer.initialised) {
            producer.init();
        }
        producer.client.beginTransaction();
        return Map.of();
    }

    private Map<String, Object> sendOffsets(
            KafkaProducer<byte[], byte[]> producer, Request request, Consumers consumers) {
        Reader reader = request.has("consumer") ? consumers.opened(request) : null;
        Map<TopicPartition, Long> consumed =
            request.has("offsets") || reader == null ? request.offsets("offsets") : reader.polled();
        Map<TopicPartition, OffsetAndMetadata> offsets = new LinkedHashMap<>();
        consumed.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        if (reader == null) {
            api.sendOffsets(producer, offsets, null, request.needed("group"));
        } else {
            api.sendOffsets(producer, offsets, reader.consumer(), reader.group());
        }
        return Map.of();
    }

    /** A producer, and whether it was initialised for transactions. */
    static final class Opened {
        private final KafkaProducer<byte[], byte[]> client;
        private boolean initialised;

        private Opened(KafkaProducer<byte[], byte[]> client) {
            this.client = client;
        }

        private void init() {
            client.initTransactions();
            initialised = true;
        }
    }
}
