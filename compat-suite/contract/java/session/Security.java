package session;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.Properties;

/**
 * The settings of `--security` for a client. Certificates and keys are PEM, as text or as the path of a file; they go
 * into key stores, since clients before 2.7 read nothing else.
 */
final class Security {
    private static final char[] PASSWORD = "compat-suite".toCharArray();

    private Security() {
    }

    static void into(Properties properties, Request security, Api api) {
        String protocol = security.text("protocol", "PLAINTEXT");
        properties.put("security.protocol", protocol);
        try {
            if (protocol.endsWith("SSL")) {
                encrypted(properties, security);
            }
        } catch (GeneralSecurityException | IOException failure) {
            throw new IllegalArgumentException("security: " + failure, failure);
        }
        if (protocol.startsWith("SASL_")) {
            authenticated(properties, security, api);
        }
    }

    private static void authenticated(Properties properties, Request security, Api api) {
        String mechanism = security.needed("mechanism");
        properties.put("sasl.mechanism", mechanism);
        String module;
        if (mechanism.equals("OAUTHBEARER")) {
            module = "oauthbearer.OAuthBearerLoginModule required token=" + quoted(security.needed("token"));
            properties.put("sasl.login.callback.handler.class", api.bearer());
        } else {
            String name = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
            module = name + " required username=" + quoted(security.needed("username"))
                + " password=" + quoted(security.needed("password"));
            // A delegation token is a user and password of SCRAM that says what it is.
            module += security.has("token") ? " tokenauth=\"true\"" : "";
        }
        properties.put("sasl.jaas.config", "org.apache.kafka.common.security." + module + ";");
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static void encrypted(Properties properties, Request security)
            throws GeneralSecurityException, IOException {
        if (security.has("ca")) {
            KeyStore store = empty();
            int number = 0;
            for (Certificate each : certificates(security.needed("ca"))) {
                store.setCertificateEntry("ca" + number++, each);
            }
            put(properties, "ssl.truststore", store);
        }
        if (security.has("certificate")) {
            KeyStore store = empty();
            Certificate[] chain = certificates(security.needed("certificate")).toArray(new Certificate[0]);
            store.setKeyEntry("client", key(security.needed("key")), PASSWORD, chain);
            put(properties, "ssl.keystore", store);
            properties.put("ssl.key.password", new String(PASSWORD));
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static void put(Properties properties, String kind, KeyStore store)
            throws GeneralSecurityException, IOException {
        Path path = Files.createTempFile("compat-suite", ".p12");
        path.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(path)) {
            store.store(out, PASSWORD);
        }
        properties.put(kind + ".location", path.toString());
        properties.put(kind + ".password", new String(PASSWORD));
        properties.put(kind + ".type", "PKCS12");
    }

    private static String pem(String given) throws IOException {
        return given.startsWith("-----BEGIN") ? given : Files.readString(Path.of(given));
    }

    private static Collection<? extends Certificate> certificates(String given)
            throws GeneralSecurityException, IOException {
        byte[] bytes = pem(given).getBytes(StandardCharsets.UTF_8);
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
    }

    private static PrivateKey key(String given) throws GeneralSecurityException, IOException {
        String body = pem(given).replaceAll("(?s).*-----BEGIN PRIVATE KEY-----(.*)-----END PRIVATE KEY-----.*", "$1");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body));
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(spec);
        } catch (InvalidKeySpecException otherKind) {
            return KeyFactory.getInstance("EC").generatePrivate(spec);
        }
    }
}
