package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupsOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ConsumerGroupState;
import org.apache.kafka.common.TopicPartition;

/** Groups by a client that knows of consumer groups only. */
@SuppressWarnings("deprecation")
class ConsumerGroupCalls extends GroupCalls {
    @Override
    Map<String, Object> list(AdminClient admin, Request request) throws Exception {
        Set<ConsumerGroupState> states =
            request.names("states").stream().map(ConsumerGroupState::parse).collect(Collectors.toSet());
        List<Object> groups = new ArrayList<>();
        ListConsumerGroupsOptions options = new ListConsumerGroupsOptions().inStates(states);
        if (request.has("types")) {
            choose(options, request.names("types"));
        }
        admin.listConsumerGroups(options).all().get().stream()
            .sorted(Comparator.comparing(ConsumerGroupListing::groupId)).forEach(listing -> {
                Map<String, Object> told = new LinkedHashMap<>();
                told.put("group", listing.groupId());
                listing.state().ifPresent(state -> told.put("state", state.toString()));
                tellType(listing, told);
                groups.add(told);
            });
        return Map.of("groups", groups);
    }

    /** Ask for groups of these types alone. */
    void choose(ListConsumerGroupsOptions options, Collection<String> types) {
        throw new UnsupportedOperationException("types of groups");
    }

    /** Add the type of a group, where the client knows of types. */
    void tellType(ConsumerGroupListing listing, Map<String, Object> told) {
        // It knows of none.
    }

    @Override
    Map<String, Object> describe(AdminClient admin, Request request) {
        return Answers.results(
            admin.describeConsumerGroups(request.names("groups")).describedGroups(), ConsumerGroupCalls::told);
    }

    private static Object told(ConsumerGroupDescription group) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("state", group.state().toString());
        told.put("protocol", group.partitionAssignor());
        told.put("coordinator", Answers.id(group.coordinator()));
        told.put("members", group.members().stream().map(GroupCalls::told).toList());
        return told;
    }

    @Override
    Map<TopicPartition, OffsetAndMetadata> committed(
            AdminClient admin, String group, Collection<TopicPartition> partitions) throws Exception {
        ListConsumerGroupOffsetsOptions options = new ListConsumerGroupOffsetsOptions();
        if (partitions != null) {
            options.topicPartitions(new ArrayList<>(partitions));
        }
        return admin.listConsumerGroupOffsets(group, options).partitionsToOffsetAndMetadata().get();
    }
}
