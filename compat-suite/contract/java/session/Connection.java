package session;

import java.util.Properties;

/** How this session reaches the cluster: what all of its clients are configured with. */
final class Connection {
    private final Properties properties = new Properties();

    Connection(String bootstrap, String clientId, Request security, Api api) {
        properties.put("bootstrap.servers", bootstrap);
        if (clientId != null) {
            properties.put("client.id", clientId);
        }
        Security.into(properties, security, api);
    }

    Properties properties() {
        Properties copy = new Properties();
        copy.putAll(properties);
        return copy;
    }
}
