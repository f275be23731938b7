package session;

import java.io.IOException;

/** The client of Kafka 2.8. */
public final class Driver {
    private Driver() {
    }

    public static void main(String[] arguments) throws IOException {
        Program.run(arguments, new Api28(), new TopicCalls(), new PartitionCalls(), new ConfigCalls(), new
            AlterConfigCalls(), new ReplaceConfigCalls(), new OffsetCalls(), new ConsumerGroupCalls(), new LogCalls(),
            new ReplicaCalls(), new QuotaCalls(), new ScramCalls(), new FeatureCalls(), new AclCalls());
    }
}
