package session;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;

/** Feature levels, changed (KIP-584, KIP-778): `how` is `upgrade`, `safe_downgrade` or `unsafe_downgrade`. */
final class FeatureUpdateCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("update-features", FeatureUpdateCalls::update);
    }

    private static Map<String, Object> update(AdminClient admin, Request request) {
        FeatureUpdate.UpgradeType how =
            FeatureUpdate.UpgradeType.valueOf(request.text("how", "upgrade").toUpperCase(Locale.ROOT));
        Map<String, FeatureUpdate> updates = new HashMap<>();
        request.inner("features").fields().forEach((name, level) ->
            updates.put(name, new FeatureUpdate(((Number) level).shortValue(), how)));
        UpdateFeaturesOptions options = new UpdateFeaturesOptions().validateOnly(request.flag("validate_only"));
        return Answers.done(admin.updateFeatures(updates, options).values(), name -> name);
    }
}
