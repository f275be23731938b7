package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ClassicGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.admin.ShareMemberDescription;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** Groups of all types. */
final class AllGroupCalls extends GroupCalls {
    @Override
    Map<String, Object> list(AdminClient admin, Request request) throws Exception {
        Set<GroupState> states =
            request.names("states").stream().map(GroupState::parse).collect(Collectors.toSet());
        Set<GroupType> types =
            request.names("types").stream().map(GroupType::parse).collect(Collectors.toSet());
        ListGroupsOptions options = new ListGroupsOptions().inGroupStates(states).withTypes(types);
        return Map.of("groups", admin.listGroups(options).all().get().stream()
            .sorted(Comparator.comparing(GroupListing::groupId)).map(AllGroupCalls::told).toList());
    }

    private static Map<String, Object> told(GroupListing listing) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("group", listing.groupId());
        told.put("protocol_type", listing.protocol());
        listing.groupState().ifPresent(state -> told.put("state", state.toString()));
        listing.type().ifPresent(type -> told.put("type", small(type)));
        return told;
    }

    private static String small(GroupType type) {
        return type.toString().toLowerCase(Locale.ROOT);
    }

    /** All are described as consumer groups; what is none of these, by the type that it is listed with. */
    @Override
    Map<String, Object> describe(AdminClient admin, Request request) {
        List<String> groups = request.names("groups");
        Map<String, KafkaFuture<ConsumerGroupDescription>> described =
            admin.describeConsumerGroups(groups).describedGroups();
        return Answers.results(groups, name -> name, group -> {
            try {
                return told(described.get(group).get());
            } catch (ExecutionException failure) {
                Optional<GroupListing> listing = failure.getCause() instanceof GroupIdNotFoundException
                    ? listing(admin, group) : Optional.empty();
                if (listing.isEmpty()) {
                    throw failure;
                }
                return ofType(admin, group, listing.get().type().orElse(GroupType.UNKNOWN), failure);
            }
        });
    }

    private static Optional<GroupListing> listing(AdminClient admin, String group) throws Exception {
        return admin.listGroups().all().get().stream().filter(each -> each.groupId().equals(group)).findAny();
    }

    private static Object ofType(AdminClient admin, String group, GroupType type, Exception otherwise)
            throws Exception {
        List<String> groups = List.of(group);
        return switch (type) {
            case SHARE -> told(admin.describeShareGroups(groups).describedGroups().get(group).get());
            case STREAMS -> told(admin.describeStreamsGroups(groups).describedGroups().get(group).get());
            case CLASSIC -> told(admin.describeClassicGroups(groups).describedGroups().get(group).get());
            default -> throw otherwise;
        };
    }

    private static Map<String, Object> told(
            Object state, String protocol, String protocolType, GroupType type, Node coordinator, List<?> members) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("state", state.toString());
        if (protocol != null) {
            told.put("protocol", protocol);
        }
        told.put("protocol_type", protocolType);
        told.put("type", small(type));
        told.put("coordinator", Answers.id(coordinator));
        told.put("members", members);
        return told;
    }

    private static Object told(ConsumerGroupDescription group) {
        return told(group.groupState(), group.partitionAssignor(), "consumer", group.type(), group.coordinator(),
            group.members().stream().map(GroupCalls::told).toList());
    }

    private static Object told(ClassicGroupDescription group) {
        return told(group.state(), group.protocolData(), group.protocol(), GroupType.CLASSIC, group.coordinator(),
            group.members().stream().map(GroupCalls::told).toList());
    }

    private static Object told(ShareGroupDescription group) {
        return told(group.groupState(), null, "share", GroupType.SHARE, group.coordinator(),
            group.members().stream().map(AllGroupCalls::told).toList());
    }

    private static Object told(StreamsGroupDescription group) {
        List<Object> members = new ArrayList<>();
        group.members().forEach(member -> members.add(Map.of(
            "member_id", member.memberId(), "client_id", member.clientId(), "host", member.clientHost())));
        return told(group.groupState(), null, "streams", GroupType.STREAMS, group.coordinator(), members);
    }

    private static Map<String, Object> told(ShareMemberDescription member) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("member_id", member.consumerId());
        told.put("client_id", member.clientId());
        told.put("host", member.host());
        told.put("partitions", Answers.partitions(member.assignment().topicPartitions()));
        return told;
    }

    @Override
    Map<TopicPartition, OffsetAndMetadata> committed(
            AdminClient admin, String group, Collection<TopicPartition> partitions) throws Exception {
        ListConsumerGroupOffsetsSpec spec = new ListConsumerGroupOffsetsSpec().topicPartitions(partitions);
        return admin.listConsumerGroupOffsets(Map.of(group, spec)).partitionsToOffsetAndMetadata(group).get();
    }
}
