package session;

import java.io.IOException;

/** The client of Kafka 0.11. */
public final class Driver {
    private Driver() {
    }

    public static void main(String[] arguments) throws IOException {
        Program.run(arguments, new Api011(), new TopicCalls(), new ConfigCalls(), new ReplaceConfigCalls());
    }
}
