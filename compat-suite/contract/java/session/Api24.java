package session;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

/** What the client has had since 2019, but for what the classes below it say. */
abstract class Api24 implements Api {
    @Override
    public String client() {
        return "kafka-clients (Java)";
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Consumer<byte[], byte[]> consumer, long timeoutMs) {
        return consumer.poll(Duration.ofMillis(timeoutMs));
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> committed(Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
        return consumer.committed(partitions);
    }

    @Override
    public void subscribe(
            Consumer<?, ?> consumer, Pattern pattern, boolean onServer, ConsumerRebalanceListener listener) {
        consumer.subscribe(pattern, listener);
    }

    @Override
    public void sendOffsets(
            Producer<?, ?> producer, Map<TopicPartition, OffsetAndMetadata> offsets, Consumer<?, ?> consumer,
            String group) {
        producer.sendOffsetsToTransaction(
            offsets, consumer == null ? new ConsumerGroupMetadata(group) : consumer.groupMetadata());
    }

    @Override
    public void close(Producer<?, ?> producer, long timeoutMs) {
        producer.close(Duration.ofMillis(timeoutMs));
    }

    @Override
    public void close(AdminClient admin) {
        admin.close(Duration.ZERO);
    }

    @Override
    public Integer leaderEpoch(ConsumerRecord<?, ?> record) {
        return record.leaderEpoch().orElse(null);
    }

    @Override
    public String source(ConfigEntry entry) {
        return entry.source().name();
    }

    @Override
    public Reader shareReader(Connection connection, Map<String, Object> settings) {
        throw new UnsupportedOperationException("share groups");
    }

    @Override
    public String bearer() {
        return Bearer.class.getName();
    }
}
