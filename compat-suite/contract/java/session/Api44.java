package session;

import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.SubscriptionPattern;

/** The client of Kafka 4. */
final class Api44 extends Api39 {
    @Override
    public void subscribe(
            Consumer<?, ?> consumer, Pattern pattern, boolean onServer, ConsumerRebalanceListener listener) {
        if (onServer) {
            consumer.subscribe(new SubscriptionPattern(pattern.pattern()), listener);
        } else {
            consumer.subscribe(pattern, listener);
        }
    }

    @Override
    public Reader shareReader(Connection connection, Map<String, Object> settings) {
        return new ShareReader(connection, settings);
    }
}
