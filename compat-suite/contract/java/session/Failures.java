package session;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.protocol.Errors;

/** The names of the contract for what the client throws. */
final class Failures {
    private static final short UNKNOWN = -1;

    /** Names of older clients by those of today. */
    private static final Map<String, String> RENAMED = Map.of(
        "UNKNOWN", "UNKNOWN_SERVER_ERROR", "NOT_LEADER_FOR_PARTITION", "NOT_LEADER_OR_FOLLOWER");

    private Failures() {
    }

    /** An error item, or the error fields of an answer. */
    static Map<String, Object> told(Throwable failure) {
        Throwable cause = unwrapped(failure);
        String name = name(cause);
        String text = String.valueOf(cause.getMessage());
        if (cause.getCause() != null) {
            text += " (" + cause.getCause() + ")";
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("error", name);
        told.put("message", name.equals("OTHER") ? cause.getClass().getSimpleName() + ": " + text : text);
        return told;
    }

    static String name(Throwable failure) {
        if (failure instanceof TimeoutException) {
            // The client throws the same for a code of the server and for its own patience: only the text differs.
            boolean code = Errors.REQUEST_TIMED_OUT.message().equals(failure.getMessage());
            return code ? Errors.REQUEST_TIMED_OUT.name() : "TIMED_OUT";
        }
        if (failure instanceof DisconnectException || failure instanceof NetworkException) {
            return "DISCONNECTED";
        }
        if (failure instanceof NoOffsetForPartitionException) {
            return "NO_OFFSET";
        }
        if (failure instanceof org.apache.kafka.clients.consumer.OffsetOutOfRangeException) {
            return Errors.OFFSET_OUT_OF_RANGE.name();
        }
        if (failure instanceof UnsupportedOperationException || failure instanceof LinkageError
                || failure instanceof ClassNotFoundException) { // Such as an assignor that it does not have.
            return "UNSUPPORTED";
        }
        Errors code = Errors.forException(failure);
        if (code.code() != UNKNOWN || failure instanceof UnknownServerException) {
            return RENAMED.getOrDefault(code.name(), code.name());
        }
        return nameWithoutCode(failure);
    }

    private static String nameWithoutCode(Throwable failure) {
        if (failure instanceof IllegalArgumentException || failure instanceof IllegalStateException
                || failure instanceof ClassCastException || failure instanceof NullPointerException
                || failure instanceof ConfigException || failure instanceof SerializationException) {
            return "INVALID_ARGUMENT";
        }
        String text = String.valueOf(failure.getMessage());
        if (failure instanceof KafkaException && text.contains("error state")) {
            return "FATAL";
        }
        return text.startsWith("Invalid partition given") ? "INVALID_ARGUMENT" : "OTHER"; // As clients before 2.3 say.
    }

    /** The failure itself: futures wrap it, and so does the client where it adds where it happened. */
    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && wraps(cause)) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static boolean wraps(Throwable failure) {
        return failure instanceof ExecutionException || failure instanceof CompletionException
            || failure.getClass() == KafkaException.class;
    }
}
