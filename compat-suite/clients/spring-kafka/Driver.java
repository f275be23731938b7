package session;

import java.io.IOException;

/** Spring for Apache Kafka. */
public final class Driver {
    private Driver() {
    }

    public static void main(String[] arguments) throws IOException {
        Program.run(arguments, new Api44(), new SpringClients(), new TopicCalls());
    }
}
