package session;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The verb `word-count`: a Kafka Streams application that counts the words of a topic, until it is closed. Each change of
 * a count is a record of the output topic: the word, and its count as decimal text.
 */
final class WordCounts extends Handles<KafkaStreams> implements Further {
    private static final long STARTING_S = 60;

    WordCounts() {
        super("streams");
    }

    @Override
    public List<Handles<?>> into(Map<String, Session.Verb> verbs, Connection connection) {
        verbs.put("word-count", request -> {
            of(request, settings -> opened(connection, request));
            return Map.of();
        });
        return List.of(this);
    }

    @Override
    void shut(KafkaStreams streams, boolean abandon) {
        streams.close(abandon ? Duration.ZERO : Duration.ofSeconds(STARTING_S));
    }

    private static KafkaStreams opened(Connection connection, Request request) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(request.needed("input"))
            .flatMapValues(text -> Arrays.asList(text.toLowerCase(Locale.ROOT).split("\\W+")))
            .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
            .count()
            .toStream()
            .mapValues(count -> count.toString())
            .to(request.needed("output"), Produced.with(Serdes.String(), Serdes.String()));
        KafkaStreams streams = new KafkaStreams(builder.build(), properties(connection, request));
        CountDownLatch running = new CountDownLatch(1);
        streams.setUncaughtExceptionHandler(failure -> {
            System.err.println("word-count: " + failure);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.setStateListener((state, former) -> {
            if (state == KafkaStreams.State.RUNNING || state == KafkaStreams.State.ERROR) {
                running.countDown();
            }
        });
        streams.start();
        await(streams, running);
        return streams;
    }

    private static void await(KafkaStreams streams, CountDownLatch running) {
        try {
            if (running.await(STARTING_S, TimeUnit.SECONDS) && streams.state() == KafkaStreams.State.RUNNING) {
                return;
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        KafkaStreams.State state = streams.state();
        streams.close(Duration.ZERO);
        throw new TimeoutException("the application is " + state);
    }

    private static Properties properties(Connection connection, Request request) {
        Properties properties = connection.properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, request.needed("application"));
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, request.text("guarantee", "at_least_once"));
        if (request.has("protocol")) {
            properties.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, request.needed("protocol"));
        }
        properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class.getName());
        properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class.getName());
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "100");
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0"); // Each change is told.
        properties.put("consumer.auto.offset.reset", "earliest");
        if (!"streams".equals(request.text("protocol", "classic"))) {
            properties.put("consumer.session.timeout.ms", "10000");
            properties.put("consumer.heartbeat.interval.ms", "300");
        }
        try {
            properties.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("compat-suite").toString());
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
        return properties;
    }
}
