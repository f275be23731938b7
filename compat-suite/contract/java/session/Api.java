package session;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * What changed from one release of the client to the next, and is needed by all: each `Api...` is named for the oldest
 * client that it is for, and a driver is compiled with the one it names. All else is asked of the client directly.
 */
interface Api {
    String client();

    ConsumerRecords<byte[], byte[]> poll(Consumer<byte[], byte[]> consumer, long timeoutMs);

    Map<TopicPartition, OffsetAndMetadata> committed(Consumer<?, ?> consumer, Set<TopicPartition> partitions);

    void subscribe(Consumer<?, ?> consumer, Pattern pattern, boolean onServer, ConsumerRebalanceListener listener);

    void sendOffsets(
        Producer<?, ?> producer, Map<TopicPartition, OffsetAndMetadata> offsets, Consumer<?, ?> consumer, String group);

    void close(Producer<?, ?> producer, long timeoutMs);

    void close(AdminClient admin);

    /** The leader epoch that a record came with, or null. */
    Integer leaderEpoch(ConsumerRecord<?, ?> record);

    Map<String, KafkaFuture<TopicDescription>> describe(AdminClient admin, Collection<String> topics);

    Map<String, KafkaFuture<Void>> delete(AdminClient admin, Collection<String> topics);

    /** The id of a topic, or null. */
    String id(TopicDescription topic);

    /** Where a setting comes from, or null. */
    String source(ConfigEntry entry);

    /** A member of a share group. */
    Reader shareReader(Connection connection, Map<String, Object> settings);

    /** The class that hands a bearer token to the client. */
    String bearer();
}
