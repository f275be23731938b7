package session;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The loop of the contract: a request a line, an answer a line, in order, until the input ends. */
final class Session {
    /** What one verb does: the fields of its answer; what it throws is told as its error. */
    interface Verb {
        Map<String, Object> answer(Request request) throws Exception;
    }

    private final Api api;
    private final Map<String, Verb> verbs = new HashMap<>();
    private final List<Handles<?>> handles;
    private final PrintStream out;

    Session(Api api, Connection connection, List<Calls> calls, Further further, PrintStream out) {
        this.api = api;
        this.out = out;
        Producers producers = new Producers(api, connection);
        Consumers consumers = new Consumers(api, connection);
        Administrators administrators = new Administrators(api, connection, calls);
        producers.into(verbs, consumers);
        consumers.into(verbs, administrators);
        administrators.into(verbs);
        verbs.put("hello", request -> hello());
        handles = new ArrayList<>(further.into(verbs, connection));
        handles.addAll(List.of(producers, consumers, administrators));
        verbs.put("reset", request -> reset());
        verbs.put("close", this::close);
    }

    void run(InputStream input) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isBlank()) {
                out.println(Json.written(answer(new Request(Json.read(line)))));
                out.flush();
            }
        }
        reset();
    }

    private Map<String, Object> answer(Request request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", request.value("id"));
        try {
            String name = request.needed("do");
            Verb verb = verbs.get(name);
            if (verb == null) {
                throw new UnsupportedOperationException(name);
            }
            answer.putAll(verb.answer(request));
        } catch (Exception | LinkageError failure) {
            answer.putAll(Failures.told(failure));
        }
        return answer;
    }

    private Map<String, Object> hello() throws IOException {
        return Map.of("client", api.client(), "version", version());
    }

    /** The version that the client's own jar tells. */
    static String version() throws IOException {
        try (InputStream told = Session.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            Properties properties = new Properties();
            properties.load(told);
            return properties.getProperty("version");
        }
    }

    private Map<String, Object> reset() {
        handles.forEach(Handles::closeAll);
        return Map.of();
    }

    private Map<String, Object> close(Request request) {
        String how = request.text("how", "leave");
        if (!List.of("leave", "abandon").contains(how)) {
            throw new IllegalArgumentException("how: " + how);
        }
        String name = request.needed("handle");
        if (handles.stream().noneMatch(each -> each.close(name, how.equals("abandon")))) {
            throw new IllegalArgumentException(name + " is not open");
        }
        return Map.of();
    }
}
