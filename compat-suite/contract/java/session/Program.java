package session;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
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
        run(arguments, api, Further.NONE, calls);
    }

    static void run(String[] arguments, Api api, Further further, Calls... calls) throws IOException {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err); // Standard output is for answers alone.
        if (arguments[0].equals("warm")) {
            warm(api, further, calls);
            return;
        }
        if (!arguments[0].equals("session")) {
            throw new IllegalArgumentException("no command " + arguments[0]);
        }
        Map<String, String> options = options(arguments);
        Request security = new Request(Json.read(options.getOrDefault("security", "{}")));
        Connection connection =
            new Connection(options.get("bootstrap"), options.get("client-id"), security, api);
        new Session(api, connection, List.of(calls), further, out).run(System.in);
        System.exit(0); // Whatever thread a client may have left.
    }

    /** Load what a session loads, against an address where nobody is: a build keeps the classes for quicker starts. */
    private static void warm(Api api, Further further, Calls... calls) throws IOException {
        Connection connection = new Connection("127.0.0.1:1", null, new Request(Map.of()), api);
        String requests = "{\"do\":\"send\",\"records\":[]}\n"
            + "{\"do\":\"subscribe\",\"settings\":{\"group\":\"g\"},\"topics\":[\"t\"]}\n"
            + "{\"do\":\"poll\",\"timeout_ms\":100}\n"
            + "{\"do\":\"admin\",\"call\":\"create-topics\",\"topics\":[]}\n";
        InputStream input = new ByteArrayInputStream(requests.getBytes(StandardCharsets.UTF_8));
        new Session(api, connection, List.of(calls), further, System.err).run(input);
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i].substring(2), arguments[i + 1]);
        }
        return options;
    }
}
