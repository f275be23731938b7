package session;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A client's program: a driver hands it what its client has. */
public final class Program {
    private Program() {
    }

    static void run(String[] arguments, Api api, Calls... calls) throws IOException {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err); // Standard output is for answers alone.
        if (!arguments[0].equals("session")) {
            System.exit(new Commands(arguments, api, out).run() ? 0 : 1);
        }
        Map<String, String> options = options(arguments);
        Request security = new Request(Json.read(options.getOrDefault("security", "{}")));
        Connection connection =
            new Connection(options.get("bootstrap"), options.get("client-id"), security, api);
        new Session(api, connection, List.of(calls), out).run(System.in);
        System.exit(0); // Whatever thread a client may have left.
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i].substring(2), arguments[i + 1]);
        }
        return options;
    }
}
