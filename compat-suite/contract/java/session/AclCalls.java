package session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.DeleteAclsResult;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

/** ACLs; what a filter leaves out is any. */
final class AclCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("create-acls", AclCalls::create);
        calls.put("describe-acls", AclCalls::describe);
        calls.put("delete-acls", AclCalls::delete);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, Request acl, String name, String otherwise) {
        return Enum.valueOf(type, acl.text(name, otherwise).toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static AclBinding binding(Request acl) {
        return new AclBinding(
            new ResourcePattern(constant(ResourceType.class, acl, "resource_type", "topic"), acl.needed("name"),
                constant(PatternType.class, acl, "pattern", "literal")),
            new AccessControlEntry(acl.needed("principal"), acl.text("host", "*"),
                constant(AclOperation.class, acl, "operation", "all"),
                constant(AclPermissionType.class, acl, "permission", "allow")));
    }

    private static AclBindingFilter filter(Request acl) {
        return new AclBindingFilter(
            new ResourcePatternFilter(constant(ResourceType.class, acl, "resource_type", "any"),
                acl.text("name", null), constant(PatternType.class, acl, "pattern", "any")),
            new AccessControlEntryFilter(acl.text("principal", null), acl.text("host", null),
                constant(AclOperation.class, acl, "operation", "any"),
                constant(AclPermissionType.class, acl, "permission", "any")));
    }

    private static Map<String, Object> told(AclBinding binding) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("resource_type", Answers.small(binding.pattern().resourceType()));
        told.put("name", binding.pattern().name());
        told.put("pattern", Answers.small(binding.pattern().patternType()));
        told.put("principal", binding.entry().principal());
        told.put("host", binding.entry().host());
        told.put("operation", Answers.small(binding.entry().operation()));
        told.put("permission", Answers.small(binding.entry().permissionType()));
        return told;
    }

    private static List<Object> told(Collection<AclBinding> bindings) {
        List<Map<String, Object>> told = new ArrayList<>();
        bindings.forEach(binding -> told.add(told(binding)));
        told.sort(java.util.Comparator.comparing(Object::toString));
        return new ArrayList<>(told);
    }

    /** Of each that was asked for: null for done, or its error. */
    private static Map<String, Object> create(AdminClient admin, Request request) {
        List<AclBinding> bindings = request.items("acls").stream().map(AclCalls::binding).toList();
        Map<AclBinding, KafkaFuture<Void>> created = admin.createAcls(bindings).values();
        List<Object> told = new ArrayList<>();
        for (AclBinding binding : bindings) {
            try {
                created.get(binding).get();
                told.add(null);
            } catch (Exception failure) {
                told.add(Failures.told(failure));
            }
        }
        return Map.of("acls", told);
    }

    /** What matches any of the filters; all when there is none. */
    private static Map<String, Object> describe(AdminClient admin, Request request) throws Exception {
        List<AclBinding> found = new ArrayList<>();
        for (Request acl : request.has("acls") ? request.items("acls") : List.of(new Request(Map.of()))) {
            found.addAll(admin.describeAcls(filter(acl)).values().get());
        }
        return Map.of("acls", told(found));
    }

    /** What was deleted. */
    private static Map<String, Object> delete(AdminClient admin, Request request) throws Exception {
        List<AclBindingFilter> filters = request.items("acls").stream().map(AclCalls::filter).toList();
        List<AclBinding> deleted = new ArrayList<>();
        for (KafkaFuture<DeleteAclsResult.FilterResults> each : admin.deleteAcls(filters).values().values()) {
            for (DeleteAclsResult.FilterResult result : each.get().values()) {
                if (result.exception() != null) {
                    throw result.exception();
                }
                deleted.add(result.binding());
            }
        }
        return Map.of("acls", told(deleted));
    }
}
