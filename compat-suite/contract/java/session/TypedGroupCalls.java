package session;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupsOptions;
import org.apache.kafka.common.GroupType;

/** Groups by a client that knows of consumer groups only, and that those are of the classic or the newer protocol. */
final class TypedGroupCalls extends ConsumerGroupCalls {
    @Override
    void choose(ListConsumerGroupsOptions options, Collection<String> types) {
        options.withTypes(types.stream().map(GroupType::parse).collect(Collectors.toSet()));
    }

    @Override
    void tellType(ConsumerGroupListing listing, Map<String, Object> told) {
        listing.type().ifPresent(type -> told.put("type", type.toString().toLowerCase(Locale.ROOT)));
    }
}
