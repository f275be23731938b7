package session;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;

/** The client since topics have ids. */
class Api39 extends Api24 {
    @Override
    public Map<String, KafkaFuture<TopicDescription>> describe(AdminClient admin, Collection<String> topics) {
        return admin.describeTopics(topics).topicNameValues();
    }

    @Override
    public Map<String, KafkaFuture<Void>> delete(AdminClient admin, Collection<String> topics) {
        return admin.deleteTopics(topics).topicNameValues();
    }

    @Override
    public String id(TopicDescription topic) {
        return topic.topicId().toString();
    }
}
