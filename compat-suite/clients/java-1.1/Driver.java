package session;

import java.io.IOException;

/** The client of Kafka 1.1. */
public final class Driver {
    private Driver() {
    }

    public static void main(String[] arguments) throws IOException {
        Program.run(arguments, new Api11(), new TopicCalls(), new PartitionCalls(), new ConfigCalls(), new
            ReplaceConfigCalls());
    }
}
