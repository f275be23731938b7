package session;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;
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
import org.apache.kafka.common.errors.WakeupException;

/** The client of 2017. */
class Api011 implements Api {
    private final Timer timer = new Timer(true);

    @Override
    public String client() {
        return "kafka-clients (Java)";
    }

    /** Such a poll waits for its group however long that takes; to be woken up does not cost it its place there. */
    @Override
    public ConsumerRecords<byte[], byte[]> poll(Consumer<byte[], byte[]> consumer, long timeoutMs) {
        Alarm alarm = new Alarm(consumer);
        timer.schedule(alarm, timeoutMs + 50);
        try {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(timeoutMs);
            if (alarm.off()) {
                forgetWakeup(consumer);
            }
            return records;
        } catch (WakeupException late) {
            return ConsumerRecords.empty();
        } finally {
            alarm.off();
        }
    }

    /** An alarm that rings when the poll is over would fail the next call that waits: let it be one that may fail. */
    private static void forgetWakeup(Consumer<?, ?> consumer) {
        try {
            consumer.listTopics();
        } catch (WakeupException expected) {
            return;
        }
    }

    /** Wakes a consumer up, unless it is turned off before. */
    private static final class Alarm extends TimerTask {
        private final Consumer<?, ?> consumer;
        private boolean off;
        private boolean rang;

        private Alarm(Consumer<?, ?> consumer) {
            this.consumer = consumer;
        }

        @Override
        public synchronized void run() {
            if (!off) {
                consumer.wakeup();
                rang = true;
            }
        }

        /** Turn it off; whether it has rung. */
        private synchronized boolean off() {
            off = true;
            cancel();
            return rang;
        }
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> committed(Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        partitions.forEach(partition -> committed.put(partition, consumer.committed(partition)));
        return committed;
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
        producer.sendOffsetsToTransaction(offsets, group);
    }

    @Override
    public void close(Producer<?, ?> producer, long timeoutMs) {
        producer.close(timeoutMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close(AdminClient admin) {
        admin.close(0, TimeUnit.MILLISECONDS);
    }

    @Override
    public Integer leaderEpoch(ConsumerRecord<?, ?> record) {
        return null;
    }

    @Override
    public Map<String, KafkaFuture<TopicDescription>> describe(AdminClient admin, Collection<String> topics) {
        return admin.describeTopics(topics).values();
    }

    @Override
    public Map<String, KafkaFuture<Void>> delete(AdminClient admin, Collection<String> topics) {
        return admin.deleteTopics(topics).values();
    }

    @Override
    public String id(TopicDescription topic) {
        return null;
    }

    @Override
    public String source(ConfigEntry entry) {
        return null;
    }

    @Override
    public Reader shareReader(Connection connection, Map<String, Object> settings) {
        throw new UnsupportedOperationException("share groups");
    }

    @Override
    public String bearer() {
        throw new UnsupportedOperationException("OAUTHBEARER");
    }
}
