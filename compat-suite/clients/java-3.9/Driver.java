package session;

import java.io.IOException;

/** The client of Kafka 3.9. */
public final class Driver {
    private Driver() {
    }

    public static void main(String[] arguments) throws IOException {
        Program.run(arguments, new Api39(), new TopicCalls(), new PartitionCalls(), new ConfigCalls(), new
            AlterConfigCalls(), new ReplaceConfigCalls(), new NewerOffsetCalls(), new TypedGroupCalls(), new
            LogCalls(), new ReplicaCalls(), new QuotaCalls(), new ScramCalls(), new FeatureCalls(), new
            FeatureUpdateCalls(), new QuorumCalls(), new TransactionCalls(), new AclCalls(), new TokenCalls());
    }
}
