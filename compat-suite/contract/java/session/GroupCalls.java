package session;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.DeleteConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Groups and their offsets, as far as no release changed it. */
abstract class GroupCalls implements Calls {
    @Override
    public final void into(Map<String, Call> calls, Api api) {
        calls.put("list-groups", this::list);
        calls.put("describe-groups", this::describe);
        calls.put("delete-groups", (admin, request) -> Answers.done(
            admin.deleteConsumerGroups(request.names("groups")).deletedGroups(), name -> name));
        calls.put("remove-members", GroupCalls::remove);
        calls.put("list-group-offsets", (admin, request) -> offsets(request,
            committed(admin, request.needed("group"), request.has("partitions") ? request.partitions("partitions") : null)));
        calls.put("alter-group-offsets", GroupCalls::alter);
        calls.put("delete-group-offsets", GroupCalls::delete);
    }

    abstract Map<String, Object> list(AdminClient admin, Request request) throws Exception;

    abstract Map<String, Object> describe(AdminClient admin, Request request) throws Exception;

    /** What a group has committed, of these partitions or (null) of all. */
    abstract Map<TopicPartition, OffsetAndMetadata> committed(
        AdminClient admin, String group, Collection<TopicPartition> partitions) throws Exception;

    private static Map<String, Object> offsets(Request request, Map<TopicPartition, OffsetAndMetadata> committed) {
        return Map.of("offsets", Answers.committed(
            request.has("partitions") ? request.partitions("partitions") : committed.keySet(), committed));
    }

    private static Map<String, Object> remove(AdminClient admin, Request request) throws Exception {
        Set<MemberToRemove> members =
            request.names("instances").stream().map(MemberToRemove::new).collect(Collectors.toSet());
        RemoveMembersFromConsumerGroupOptions options = request.has("instances")
            ? new RemoveMembersFromConsumerGroupOptions(members) : new RemoveMembersFromConsumerGroupOptions();
        admin.removeMembersFromConsumerGroup(request.needed("group"), options).all().get();
        return Map.of();
    }

    private static Map<String, Object> alter(AdminClient admin, Request request) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        request.offsets("offsets").forEach((partition, offset) ->
            offsets.put(partition, new OffsetAndMetadata(offset, request.text("metadata", ""))));
        AlterConsumerGroupOffsetsResult altered = admin.alterConsumerGroupOffsets(request.needed("group"), offsets);
        return Map.of("partitions", Answers.perPartition(
            offsets.keySet(), partition -> altered.partitionResult(partition).get()));
    }

    private static Map<String, Object> delete(AdminClient admin, Request request) {
        Set<TopicPartition> partitions = new HashSet<>(request.partitions("partitions"));
        DeleteConsumerGroupOffsetsResult deleted =
            admin.deleteConsumerGroupOffsets(request.needed("group"), partitions);
        return Map.of("partitions", Answers.perPartition(
            partitions, partition -> deleted.partitionResult(partition).get()));
    }

    static Map<String, Object> told(MemberDescription member) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("member_id", member.consumerId());
        told.put("client_id", member.clientId());
        member.groupInstanceId().ifPresent(instance -> told.put("instance", instance));
        told.put("host", member.host());
        told.put("partitions", Answers.partitions(member.assignment().topicPartitions()));
        return told;
    }
}
