package session;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.FeatureMetadata;

/** Feature levels, read. */
final class FeatureCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("describe-features", (admin, request) -> describe(admin));
    }

    private static Map<String, Object> describe(AdminClient admin) throws Exception {
        FeatureMetadata features = admin.describeFeatures().featureMetadata().get();
        Map<String, Object> supported = new TreeMap<>();
        features.supportedFeatures().forEach((name, range) ->
            supported.put(name, List.of(range.minVersion(), range.maxVersion())));
        Map<String, Object> finalized = new TreeMap<>();
        features.finalizedFeatures().forEach((name, range) ->
            finalized.put(name, List.of(range.minVersionLevel(), range.maxVersionLevel())));
        return Map.of("supported", supported, "finalized", finalized);
    }
}
