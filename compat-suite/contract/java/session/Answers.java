package session;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** The kinds of value that answers are made of. */
final class Answers {
    static final Comparator<TopicPartition> ORDER =
        Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    private Answers() {
    }

    static String base64(byte[] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }

    /** A list that may hold nulls. */
    static List<Object> row(Object... values) {
        List<Object> row = new ArrayList<>();
        for (Object value : values) {
            row.add(value);
        }
        return row;
    }

    static List<Object> partition(TopicPartition partition, Object... more) {
        List<Object> row = row(partition.topic(), partition.partition());
        row.addAll(row(more));
        return row;
    }

    static List<Object> partitions(Collection<TopicPartition> partitions) {
        return partitions.stream().sorted(ORDER).map(Answers::partition).collect(Collectors.toList());
    }

    /** `["topic", 0, value]` for each partition, in their order; a value of a failed partition is its error. */
    static List<Object> perPartition(
            Collection<TopicPartition> partitions, Awaited<TopicPartition, ?> value) {
        return partitions.stream().sorted(ORDER)
            .map(each -> (Object) partition(each, orFailure(each, value))).collect(Collectors.toList());
    }

    /** `["topic", 0, value, ...]` for each partition, of several values; that of a failed partition is its error. */
    static List<Object> perPartitionFlat(
            Collection<TopicPartition> partitions, Awaited<TopicPartition, List<?>> values) {
        return partitions.stream().sorted(ORDER).map(each -> {
            Object told = orFailure(each, values);
            return (Object) partition(each, told instanceof List<?> list ? list.toArray() : new Object[] {told});
        }).collect(Collectors.toList());
    }

    /** `["topic", 0, offset or null, metadata]` for each partition. */
    static List<Object> committed(
            Collection<TopicPartition> partitions, Map<TopicPartition, OffsetAndMetadata> offsets) {
        return perPartitionFlat(partitions, partition -> {
            OffsetAndMetadata each = offsets.get(partition);
            return each == null ? row((Object) null) : row(each.offset(), each.metadata());
        });
    }

    /** What is waited for, for one item of several. */
    interface Awaited<K, V> {
        V get(K item) throws Exception;
    }

    private static <K> Object orFailure(K item, Awaited<K, ?> value) {
        try {
            return value.get(item);
        } catch (Exception failure) {
            return Failures.told(failure);
        }
    }

    /** `results` of a call: for each item what was told of it, null for done, or its error. */
    static <K> Map<String, Object> results(
            Collection<K> items, Function<K, String> name, Awaited<K, ?> value) {
        Map<String, Object> results = new LinkedHashMap<>();
        items.forEach(item -> results.put(name.apply(item), orFailure(item, value)));
        return Map.of("results", results);
    }

    /** `results` of a call that tells of each item only whether it was done. */
    static <K> Map<String, Object> done(Map<K, ? extends KafkaFuture<?>> futures, Function<K, String> name) {
        return results(futures.keySet(), name, item -> futures.get(item).get());
    }

    static <V> Map<String, Object> results(
            Map<String, ? extends KafkaFuture<V>> futures, Function<V, Object> told) {
        return results(futures.keySet(), name -> name, item -> told.apply(futures.get(item).get()));
    }

    static int id(Node node) {
        return node == null ? -1 : node.id();
    }

    static List<Integer> ids(Collection<Node> nodes) {
        return nodes.stream().map(Node::id).collect(Collectors.toList());
    }

    /** `[[partition, leader, [replicas], [isr]]]` */
    static List<Object> layout(Collection<TopicPartitionInfo> partitions) {
        return partitions.stream().sorted(Comparator.comparing(TopicPartitionInfo::partition))
            .map(each -> (Object) row(each.partition(), id(each.leader()), ids(each.replicas()), ids(each.isr())))
            .collect(Collectors.toList());
    }

    /** `[[id, host, port, rack]]` */
    static List<Object> brokers(Collection<Node> nodes) {
        return nodes.stream().sorted(Comparator.comparing(Node::id))
            .map(each -> (Object) row(each.id(), each.host(), each.port(), each.rack())).collect(Collectors.toList());
    }

    /** The name of a constant as the contract writes it: in small letters. */
    static String small(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT);
    }
}
