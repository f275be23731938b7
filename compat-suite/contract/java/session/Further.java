package session;

import java.util.List;
import java.util.Map;

/** Verbs beyond those that every client has, or in their place. */
interface Further {
    Further NONE = (verbs, connection) -> List.of();

    /** Put the verbs among the others; return what they hold open. */
    List<Handles<?>> into(Map<String, Session.Verb> verbs, Connection connection);
}
