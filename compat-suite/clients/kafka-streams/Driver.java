package session;

import java.io.IOException;

/** Kafka Streams; the other verbs are those of the client that it comes with. */
public final class Driver {
    private Driver() {
    }

    public static void main(String[] arguments) throws IOException {
        Program.run(arguments, new Api44(), new WordCounts(), new TopicCalls(), new PartitionCalls(), new ConfigCalls(),
            new AlterConfigCalls(), new NewerOffsetCalls(), new AllGroupCalls(), new TransactionCalls());
    }
}
