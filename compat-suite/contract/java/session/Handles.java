package session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** What a session holds open of one kind, by the name that requests give it. */
abstract class Handles<T> {
    private final String kind;
    private final Map<String, T> open = new LinkedHashMap<>();

    Handles(String kind) {
        this.kind = kind;
    }

    /** The handle that the request names, opened with the request's settings when it is not open. */
    final T of(Request request, Function<Map<String, Object>, T> opener) {
        Object named = request.value(kind);
        String name = named == null || named instanceof Map ? kind : named.toString();
        T handle = open.get(name);
        if (handle == null) {
            Request settings = named instanceof Map ? request.inner(kind) : request.inner("settings");
            handle = opener.apply(settings.fields());
            open.put(name, handle);
        }
        return handle;
    }

    /** Whether a handle of this name was open, and is closed now. */
    final boolean close(String name, boolean abandon) {
        T handle = open.get(name);
        if (handle == null) {
            return false;
        }
        shut(handle, abandon);
        open.remove(name);
        return true;
    }

    /** Close all as well as it goes: what was open must not stand in the way of the next scenario. */
    final void closeAll() {
        for (T handle : new ArrayList<>(open.values())) {
            try {
                shut(handle, false);
            } catch (RuntimeException failure) {
                System.err.println("closing a " + kind + ": " + failure);
            }
        }
        open.clear();
    }

    abstract void shut(T handle, boolean abandon);
}
