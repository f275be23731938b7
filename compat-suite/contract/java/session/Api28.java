package session;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;

/** The client before topics had ids. */
final class Api28 extends Api24 {
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
}
