package session;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.Map;

/** JSON objects as maps, nulls and all. */
final class Json {
    private static final JSON LINES = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

    private Json() {
    }

    static Map<String, Object> read(String text) throws IOException {
        return LINES.mapFrom(text);
    }

    static String written(Map<String, ?> object) throws IOException {
        return LINES.asString(object);
    }
}
