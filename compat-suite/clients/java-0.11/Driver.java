// Kafka's own Java client as it was in 2017 and 2018, driven by the contract of the suite.

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class Driver {
    private static volatile boolean stopped = false;
    private final Map<String, String> arguments = new HashMap<>();
    private final String topic;

    private Driver(String[] args) {
        for (int i = 1; i < args.length; i++) {
            String name = args[i].substring(2);
            arguments.put(name, name.equals("idempotent") ? "true" : args[++i]);
        }
        topic = arguments.get("topic");
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
                .map(info -> new TopicPartition(topic, info.partition())).collect(Collectors.toList()));
            int count = 0;
            long deadline = System.nanoTime() + number("timeout-ms", 30_000) * 1_000_000L;
            while (count < number("count", 0) && System.nanoTime() < deadline) {
                count += show(consumer.poll(100));
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
                ConsumerRecords<byte[], byte[]> batch = consumer.poll(100);
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
        emit("left", "");
        return count;
    }

    private static void commit(KafkaConsumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> batch) {
        consumer.commitSync();
        Map<Integer, Long> offsets = new TreeMap<>();
        for (TopicPartition partition : batch.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> records = batch.records(partition);
            offsets.put(partition.partition(), records.get(records.size() - 1).offset() + 1);
        }
        emit("committed", ",\"offsets\":{" + offsets.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\":" + entry.getValue()).collect(Collectors.joining(",")) + "}");
    }

    private static final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            tell("revoked", partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            tell("assigned", partitions);
        }

        private static void tell(String event, Collection<TopicPartition> partitions) {
            TreeSet<Integer> numbers = new TreeSet<>();
            partitions.forEach(partition -> numbers.add(partition.partition()));
            emit(event, ",\"partitions\":" + numbers);
        }
    }

    private static int show(ConsumerRecords<byte[], byte[]> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            List<String> headers = new ArrayList<>();
            for (Header header : record.headers()) {
                headers.add("[" + text(bytes(header.key())) + "," + text(header.value()) + "]");
            }
            emit("record", ",\"partition\":" + record.partition() + ",\"offset\":" + record.offset()
                + ",\"timestamp\":" + record.timestamp() + ",\"key\":" + text(record.key())
                + ",\"value\":" + text(record.value()) + ",\"headers\":" + headers);
        }
        return records.count();
    }

    private static String text(byte[] content) {
        if (content == null) {
            return "null";
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : new String(content, StandardCharsets.UTF_8).toCharArray()) {
            if (c == '"' || c == '\\' || c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    private static synchronized void emit(String event, String fields) {
        byte[] line = bytes("{\"event\":\"" + event + "\"" + fields + "}\n");
        System.out.write(line, 0, line.length);
        System.out.flush();
    }

    public static void main(String[] args) {
        Driver driver = new Driver(args);
        try {
            int count = switch (args[0]) {
                case "create-topic" -> driver.createTopic();
                case "delete-topic" -> driver.deleteTopic();
                case "produce" -> driver.produce();
                case "consume" -> driver.consume();
                case "group" -> driver.group();
                default -> throw new IllegalArgumentException("no command " + args[0]);
            };
            emit("done", count < 0 ? "" : ",\"count\":" + count);
        } catch (Exception e) {
            emit("error", ",\"message\":" + text(bytes(String.valueOf(e))));
            System.exit(1);
        }
    }
}
