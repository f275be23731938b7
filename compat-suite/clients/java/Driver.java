package session;

import java.io.IOException;

/** The client of Kafka 4.4. */
public final class Driver {
    private Driver() {
    }

    public static void main(String[] arguments) throws IOException {
        Program.run(arguments, new Api44(), new TopicCalls(), new PartitionCalls(), new ConfigCalls(), new
            AlterConfigCalls(), new NewerOffsetCalls(), new AllGroupCalls(), new LogCalls(), new ReplicaCalls(), new
            QuotaCalls(), new ScramCalls(), new FeatureCalls(), new FeatureUpdateCalls(), new QuorumCalls(), new
            TransactionCalls(), new AclCalls(), new TokenCalls(), new ResourceCalls());
    }
}
