package session;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The commands of compat-suite/README.md, which came before sessions: one command a program. */
final class Commands {
    private static volatile boolean stopped = false;

    private final Map<String, String> arguments = new HashMap<>();
    private final String command;
    private final String topic;
    private final Api api;
    private final PrintStream out;

    Commands(String[] args, Api api, PrintStream out) {
        command = args[0];
        for (int i = 1; i < args.length; i++) {
            String name = args[i].substring(2);
            arguments.put(name, name.equals("idempotent") ? "true" : args[++i]);
        }
        topic = arguments.get("topic");
        this.api = api;
        this.out = out;
    }

    /** Whether it went well. */
    boolean run() {
        try {
            int count = switch (command) {
                case "create-topic" -> createTopic();
                case "delete-topic" -> deleteTopic();
                case "produce" -> produce();
                case "consume" -> consume();
                case "group" -> group();
                default -> throw new IllegalArgumentException("no command " + command);
            };
            emit("done", count < 0 ? Map.of() : Map.of("count", count));
            return true;
        } catch (Exception e) {
            emit("error", Map.of("message", e.toString()));
            return false;
        }
    }

    private int number(String name, int otherwise) {
        return Integer.parseInt(arguments.getOrDefault(name, String.valueOf(otherwise)));
    }

    private Properties properties(String... pairs) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments.get("bootstrap"));
        for (int i = 0; i < pairs.length; i += 2) {
            properties.put(pairs[i], pairs[i + 1]);
        }
        return properties;
    }

    private int createTopic() throws Exception {
        try (AdminClient admin = AdminClient.create(properties())) {
            admin.createTopics(List.of(new NewTopic(topic, number("partitions", 1), (short) 1))).all().get();
        }
        return -1;
    }

    private int deleteTopic() throws Exception {
        try (AdminClient admin = AdminClient.create(properties())) {
            admin.deleteTopics(List.of(topic)).all().get();
        }
        return -1;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private ProducerRecord<byte[], byte[]> record(int index, int size) {
        StringBuilder value = new StringBuilder("ż" + index + "|");
        for (int length = bytes(value.toString()).length; length < size; length++) {
            value.append('x');
        }
        byte[] key = index % 10 == 9 ? null : bytes("k" + index);
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, bytes(value.toString()));
        record.headers().add("origin", bytes("compat-suite"));
        return record;
    }

    private int produce() throws Exception {
        int next = number("start", 0);
        int sent = 0;
        for (String codec : arguments.getOrDefault("codec", "none").split(",")) {
            Properties properties = properties("compression.type", codec);
            if (arguments.containsKey("acks")) {
                properties.put("acks", arguments.get("acks"));
            }
            if (arguments.containsKey("idempotent")) {
                properties.put("enable.idempotence", "true");
            }
            ByteArraySerializer serializer = new ByteArraySerializer();
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties, serializer, serializer)) {
                List<Future<RecordMetadata>> futures = new ArrayList<>();
                for (int i = 0; i < number("count", 0); i++) {
                    futures.add(producer.send(record(next++, number("size", 0))));
                }
                producer.flush();
                for (Future<RecordMetadata> future : futures) {
                    future.get();
                }
                sent += futures.size();
            }
        }
        return sent;
    }

    private KafkaConsumer<byte[], byte[]> consumer(String... pairs) {
        Properties properties = properties(pairs);
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private int consume() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition())).toList());
            int count = 0;
            long deadline = System.nanoTime() + number("timeout-ms", 30_000) * 1_000_000L;
            while (count < number("count", 0) && System.nanoTime() < deadline) {
                count += show(api.poll(consumer, 100));
            }
            return count;
        }
    }

    private int group() {
        sun.misc.Signal.handle(new sun.misc.Signal("TERM"), signal -> stopped = true);
        int wanted = number("count", 0);
        long idleNanos = number("idle-ms", 0) * 1_000_000L;
        int count = 0;
        long last = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer("group.id", arguments.get("group"),
                "heartbeat.interval.ms", "300", "session.timeout.ms", "10000")) {
            consumer.subscribe(List.of(topic), new Listener());
            while (!stopped && !(wanted > 0 && count >= wanted)) {
                ConsumerRecords<byte[], byte[]> batch = api.poll(consumer, 100);
                if (!batch.isEmpty()) {
                    count += show(batch);
                    commit(consumer, batch);
                }
                if (!batch.isEmpty() || (last == 0 && !consumer.assignment().isEmpty())) {
                    last = System.nanoTime();
                }
                if (idleNanos > 0 && last != 0 && System.nanoTime() - last > idleNanos) {
                    break;
                }
            }
        }
        emit("left", Map.of());
        return count;
    }

    private void commit(KafkaConsumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> batch) {
        consumer.commitSync();
        Map<String, Long> offsets = new TreeMap<>();
        for (TopicPartition partition : batch.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> records = batch.records(partition);
            offsets.put(String.valueOf(partition.partition()), records.get(records.size() - 1).offset() + 1);
        }
        emit("committed", Map.of("offsets", offsets));
    }

    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            tell("revoked", partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            tell("assigned", partitions);
        }

        private void tell(String event, Collection<TopicPartition> partitions) {
            TreeSet<Integer> numbers = new TreeSet<>();
            partitions.forEach(partition -> numbers.add(partition.partition()));
            emit(event, Map.of("partitions", numbers));
        }
    }

    private int show(ConsumerRecords<byte[], byte[]> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            List<Object> headers = new ArrayList<>();
            for (Header header : record.headers()) {
                headers.add(Answers.row(header.key(), text(header.value())));
            }
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("partition", record.partition());
            told.put("offset", record.offset());
            told.put("timestamp", record.timestamp());
            told.put("key", text(record.key()));
            told.put("value", text(record.value()));
            told.put("headers", headers);
            emit("record", told);
        }
        return records.count();
    }

    private static String text(byte[] content) {
        return content == null ? null : new String(content, StandardCharsets.UTF_8);
    }

    private void emit(String event, Map<String, ?> fields) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.putAll(fields);
        try {
            out.println(Json.written(line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.flush();
    }
}
