package session;

import java.util.Map;
import java.util.Properties;
import java.util.Set;

/** The settings of the contract by the names that Kafka's client gives them. */
final class Settings {
    static final Map<String, String> OF_PRODUCERS = Map.ofEntries(
        Map.entry("acks", "acks"),
        Map.entry("idempotent", "enable.idempotence"),
        Map.entry("transactional_id", "transactional.id"),
        Map.entry("transaction_timeout_ms", "transaction.timeout.ms"),
        Map.entry("codec", "compression.type"),
        Map.entry("linger_ms", "linger.ms"),
        Map.entry("batch_bytes", "batch.size"),
        Map.entry("max_request_bytes", "max.request.size"),
        Map.entry("in_flight", "max.in.flight.requests.per.connection"),
        Map.entry("delivery_timeout_ms", "delivery.timeout.ms"),
        Map.entry("partitioner", "partitioner.class"));

    static final Map<String, String> OF_CONSUMERS = Map.ofEntries(
        Map.entry("group", "group.id"),
        Map.entry("instance", "group.instance.id"),
        Map.entry("reset", "auto.offset.reset"),
        Map.entry("isolation", "isolation.level"),
        Map.entry("protocol", "group.protocol"),
        Map.entry("assignor", "partition.assignment.strategy"),
        Map.entry("session_timeout_ms", "session.timeout.ms"),
        Map.entry("heartbeat_ms", "heartbeat.interval.ms"),
        Map.entry("rebalance_timeout_ms", "max.poll.interval.ms"),
        Map.entry("auto_commit", "enable.auto.commit"),
        Map.entry("auto_commit_ms", "auto.commit.interval.ms"),
        Map.entry("min_bytes", "fetch.min.bytes"),
        Map.entry("max_wait_ms", "fetch.max.wait.ms"),
        Map.entry("max_bytes", "fetch.max.bytes"),
        Map.entry("partition_max_bytes", "max.partition.fetch.bytes"),
        Map.entry("max_poll_records", "max.poll.records"),
        Map.entry("rack", "client.rack"),
        Map.entry("check_crcs", "check.crcs"),
        Map.entry("auto_create", "allow.auto.create.topics"),
        Map.entry("internal_topics", "exclude.internal.topics"));

    private static final Map<String, String> PARTITIONERS = Map.of(
        "round-robin", "org.apache.kafka.clients.producer.RoundRobinPartitioner");

    private static final Map<String, String> ASSIGNORS = Map.of(
        "range", "org.apache.kafka.clients.consumer.RangeAssignor",
        "roundrobin", "org.apache.kafka.clients.consumer.RoundRobinAssignor",
        "sticky", "org.apache.kafka.clients.consumer.StickyAssignor",
        "cooperative-sticky", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

    private Settings() {
    }

    /** Put what was asked for into the properties; what this client does not know is refused. */
    static void into(Properties properties, Map<String, Object> asked, Map<String, String> names, Set<String> known) {
        asked.forEach((name, value) -> {
            String key = names.get(name);
            if (key == null || !known.contains(key)) {
                throw new UnsupportedOperationException("setting " + name);
            }
            if (value != null) {
                put(properties, name, key, value);
            }
        });
    }

    private static void put(Properties properties, String name, String key, Object value) {
        switch (name) {
            case "partitioner" -> partitioner(properties, key, value.toString());
            case "assignor" -> properties.put(key, named(ASSIGNORS, value.toString()));
            case "internal_topics" -> properties.put(key, String.valueOf(Boolean.FALSE.equals(value)));
            default -> properties.put(key, value.toString());
        }
    }

    /** Java's own partitioner is murmur2's origin: it is what one gets by naming none. */
    private static void partitioner(Properties properties, String key, String name) {
        if (!name.equals("murmur2")) {
            properties.put(key, named(PARTITIONERS, name));
        }
    }

    private static String named(Map<String, String> classes, String name) {
        String found = classes.get(name);
        if (found == null) {
            throw new UnsupportedOperationException(name);
        }
        return found;
    }

    /** A default of the suite, where this client has such a setting. */
    static void otherwise(Properties properties, String key, String value, Set<String> known) {
        if (known.contains(key)) {
            properties.putIfAbsent(key, value);
        }
    }
}
