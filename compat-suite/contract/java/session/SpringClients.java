package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.AcknowledgingMessageListener;
import org.springframework.kafka.listener.ConsumerAwareRebalanceListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.kafka.support.SendResult;
import org.springframework.kafka.support.TopicPartitionOffset;

/** Verbs of the contract by a KafkaTemplate and by listener containers; those of the client below it are not had. */
final class SpringClients implements Further {
    private static final Set<String> KEPT = Set.of("hello", "admin", "metadata");

    @Override
    public List<Handles<?>> into(Map<String, Session.Verb> verbs, Connection connection) {
        verbs.keySet().retainAll(KEPT);
        Templates templates = new Templates(connection);
        Containers containers = new Containers(connection);
        verbs.put("send", request -> templates.send(request));
        verbs.put("subscribe", request -> containers.subscribe(request));
        verbs.put("assign", request -> containers.subscribe(request));
        verbs.put("assignment", request -> containers.opened(request).assignment());
        verbs.put("poll", request -> containers.opened(request).poll(request));
        verbs.put("commit-offsets", request -> containers.opened(request).commit(request));
        return List.of(templates, containers);
    }

    private static Map<String, Object> map(Properties properties) {
        Map<String, Object> map = new HashMap<>();
        properties.forEach((name, value) -> map.put(name.toString(), value));
        return map;
    }

    /** Producers. */
    private static final class Templates extends Handles<KafkaTemplate<byte[], byte[]>> {
        private final Connection connection;

        Templates(Connection connection) {
            super("producer");
            this.connection = connection;
        }

        private KafkaTemplate<byte[], byte[]> open(Map<String, Object> wanted) {
            Map<String, Object> settings = new LinkedHashMap<>(wanted);
            settings.remove("auto_create", true); // It knows no other way.
            if (settings.containsKey("transactional_id")) {
                throw new UnsupportedOperationException("transactions");
            }
            Properties properties = connection.properties();
            Settings.into(properties, settings, Settings.OF_PRODUCERS, ProducerConfig.configNames());
            properties.putIfAbsent("delivery.timeout.ms", "15000");
            properties.putIfAbsent("linger.ms", "0");
            // The client wants a delivery to be given at least the time of one request after it has lingered.
            long most = number(properties, "delivery.timeout.ms") - number(properties, "linger.ms");
            properties.put("request.timeout.ms", String.valueOf(Math.max(1, Math.min(10_000, most))));
            properties.put("max.block.ms", "15000");
            return new KafkaTemplate<>(new DefaultKafkaProducerFactory<>(
                map(properties), new ByteArraySerializer(), new ByteArraySerializer()));
        }

        private static long number(Properties properties, String key) {
            return Long.parseLong(properties.get(key).toString());
        }

        Map<String, Object> send(Request request) {
            KafkaTemplate<byte[], byte[]> template = of(request, this::open);
            List<Object> sent = new ArrayList<>();
            List<CompletableFuture<SendResult<byte[], byte[]>>> handedOver = new ArrayList<>();
            for (Request record : request.items("records")) {
                CompletableFuture<SendResult<byte[], byte[]>> future = handOver(template, record);
                if (request.flag("together")) {
                    handedOver.add(future);
                } else {
                    sent.add(told(future));
                }
            }
            handedOver.forEach(future -> sent.add(told(future)));
            return Map.of("sent", sent);
        }

        private static CompletableFuture<SendResult<byte[], byte[]>> handOver(
                KafkaTemplate<byte[], byte[]> template, Request record) {
            try {
                ProducerRecord<byte[], byte[]> built = Producers.record(record);
                return template.send(built);
            } catch (RuntimeException refusal) {
                return CompletableFuture.failedFuture(refusal.getCause() == null ? refusal : refusal.getCause());
            }
        }

        private static Object told(CompletableFuture<SendResult<byte[], byte[]>> future) {
            return Producers.told(() -> {
                try {
                    return future.get().getRecordMetadata();
                } catch (java.util.concurrent.ExecutionException failure) {
                    Throwable cause = failure.getCause(); // Spring says where it happened; the cause is the client's.
                    throw cause.getCause() instanceof Exception inner ? inner : failure;
                }
            });
        }

        @Override
        void shut(KafkaTemplate<byte[], byte[]> template, boolean abandon) {
            template.destroy();
            ((DefaultKafkaProducerFactory<?, ?>) template.getProducerFactory()).destroy();
        }
    }

    /** Consumers: listener containers, which read on their own from `subscribe` on. */
    private static final class Containers extends Handles<Listening> {
        private final Connection connection;

        Containers(Connection connection) {
            super("consumer");
            this.connection = connection;
        }

        Listening opened(Request request) {
            return of(request, settings -> {
                properties(settings); // What it does not know is told first.
                throw new IllegalStateException("not subscribed");
            });
        }

        Map<String, Object> subscribe(Request request) {
            Listening listening = of(request, settings -> new Listening(properties(settings), request));
            if (listening.asked != request) {
                throw new UnsupportedOperationException("a container that listens to something else from now on");
            }
            return Map.of();
        }

        private Properties properties(Map<String, Object> settings) {
            if (Boolean.TRUE.equals(settings.get("auto_commit"))) {
                throw new UnsupportedOperationException("auto_commit of a listener that acknowledges");
            }
            if ("share".equals(settings.get("protocol"))) {
                throw new UnsupportedOperationException("share groups");
            }
            Properties properties = connection.properties();
            Settings.into(properties, settings, Settings.OF_CONSUMERS, ConsumerConfig.configNames());
            properties.putIfAbsent("enable.auto.commit", "false");
            properties.putIfAbsent("auto.offset.reset", "earliest");
            properties.putIfAbsent("allow.auto.create.topics", "false");
            if (!"consumer".equals(settings.get("protocol"))) {
                properties.putIfAbsent("session.timeout.ms", "10000");
                properties.putIfAbsent("heartbeat.interval.ms", "300");
            }
            return properties;
        }

        @Override
        void shut(Listening listening, boolean abandon) {
            if (abandon) {
                throw new UnsupportedOperationException("abandon");
            }
            listening.container.stop();
        }
    }

    /** A container, and what it has heard. */
    private static final class Listening {
        private static final long COMMITTING_S = 15;

        private final BlockingQueue<ConsumerRecord<byte[], byte[]>> heard = new LinkedBlockingQueue<>();
        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private final BlockingQueue<Object> commits = new LinkedBlockingQueue<>();
        private final Map<ConsumerRecord<?, ?>, Acknowledgment> pending = new java.util.concurrent.ConcurrentHashMap<>();
        private final List<ConsumerRecord<?, ?>> polled = new ArrayList<>();
        private final KafkaMessageListenerContainer<byte[], byte[]> container;
        private final Api api = new Api44();
        private final Request asked;

        Listening(Properties properties, Request request) {
            asked = request;
            ContainerProperties settings = listenedTo(request);
            settings.setAckMode(ContainerProperties.AckMode.MANUAL_IMMEDIATE);
            settings.setSyncCommits(false);
            settings.setPollTimeout(100);
            settings.setCommitCallback((offsets, failure) -> commits.add(failure == null ? offsets : failure));
            settings.setMessageListener((AcknowledgingMessageListener<byte[], byte[]>) (record, acknowledgment) -> {
                pending.put(record, acknowledgment);
                heard.add(record);
            });
            settings.setConsumerRebalanceListener(new Told());
            container = new KafkaMessageListenerContainer<>(new DefaultKafkaConsumerFactory<>(
                map(properties), new ByteArrayDeserializer(), new ByteArrayDeserializer()), settings);
            container.start();
        }

        private static ContainerProperties listenedTo(Request request) {
            if (request.has("partitions")) {
                return new ContainerProperties(request.partitions("partitions").stream()
                    .map(each -> new TopicPartitionOffset(each.topic(), each.partition()))
                    .toArray(TopicPartitionOffset[]::new));
            }
            return request.has("pattern")
                ? new ContainerProperties(Pattern.compile(request.needed("pattern")))
                : new ContainerProperties(request.names("topics").toArray(new String[0]));
        }

        Map<String, Object> assignment() {
            Collection<TopicPartition> assigned = container.getAssignedPartitions();
            return Map.of("partitions", Answers.partitions(assigned == null ? List.of() : assigned));
        }

        Map<String, Object> poll(Request request) throws InterruptedException {
            long deadline = System.nanoTime() + request.number("timeout_ms") * 1_000_000;
            long wanted = request.number("count", 1);
            List<Object> records = new ArrayList<>();
            while (records.size() < wanted) {
                ConsumerRecord<byte[], byte[]> record =
                    heard.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (record == null) {
                    break;
                }
                polled.add(record);
                records.add(Reader.shown(record, api));
            }
            List<Object> told = new ArrayList<>();
            events.drainTo(told);
            return Map.of("records", records, "events", told);
        }

        /** Of each partition the last that was polled: a listener acknowledges records, and knows no offsets. */
        Map<String, Object> commit(Request request) throws Exception {
            if (request.has("offsets") || request.has("metadata")) {
                throw new UnsupportedOperationException("offsets and metadata of one's own");
            }
            Map<TopicPartition, ConsumerRecord<?, ?>> last = new LinkedHashMap<>();
            polled.forEach(each -> last.put(new TopicPartition(each.topic(), each.partition()), each));
            commits.clear();
            for (ConsumerRecord<?, ?> record : last.values()) {
                pending.get(record).acknowledge();
                Object outcome = commits.poll(COMMITTING_S, TimeUnit.SECONDS);
                if (outcome == null) {
                    throw new TimeoutException("no commit");
                }
                if (outcome instanceof Exception failure) {
                    throw failure;
                }
            }
            polled.forEach(pending::remove);
            polled.clear();
            return Map.of();
        }

        private final class Told implements ConsumerAwareRebalanceListener {
            private void tell(String event, Collection<TopicPartition> partitions) {
                events.add(List.of(event, Answers.partitions(partitions)));
            }

            @Override
            public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
                tell("assigned", partitions);
            }

            @Override
            public void onPartitionsRevokedBeforeCommit(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
                tell("revoked", partitions);
            }

            @Override
            public void onPartitionsLost(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
                tell("lost", partitions);
            }
        }
    }
}
