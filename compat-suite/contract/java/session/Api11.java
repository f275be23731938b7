package session;

import org.apache.kafka.clients.admin.ConfigEntry;

/** The client of 2018. */
final class Api11 extends Api011 {
    @Override
    public String source(ConfigEntry entry) {
        return entry.source().name();
    }
}
