package session;

import org.apache.kafka.clients.admin.OffsetSpec;

/** Offsets by the greatest time too (KIP-734), and by where they are stored (KIP-1005). */
final class NewerOffsetCalls extends OffsetCalls {
    @Override
    OffsetSpec spec(String at) {
        return switch (at) {
            case "max-timestamp" -> OffsetSpec.maxTimestamp();
            case "earliest-local" -> OffsetSpec.earliestLocal();
            case "latest-tiered" -> OffsetSpec.latestTiered();
            default -> super.spec(at);
        };
    }
}
