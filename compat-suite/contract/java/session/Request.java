package session;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** A JSON object of a request, read by the kinds of value that the contract has. */
final class Request {
    private final Map<String, Object> fields;

    Request(Map<String, Object> fields) {
        this.fields = fields;
    }

    Map<String, Object> fields() {
        return fields;
    }

    boolean has(String name) {
        return fields.get(name) != null;
    }

    Object value(String name) {
        return fields.get(name);
    }

    String text(String name, String otherwise) {
        return has(name) ? fields.get(name).toString() : otherwise;
    }

    String needed(String name) {
        if (!has(name)) {
            throw new IllegalArgumentException("the request has no " + name);
        }
        return fields.get(name).toString();
    }

    long number(String name, long otherwise) {
        return has(name) ? ((Number) fields.get(name)).longValue() : otherwise;
    }

    long number(String name) {
        return Long.parseLong(needed(name));
    }

    boolean flag(String name) {
        return Boolean.TRUE.equals(fields.get(name));
    }

    /** Bytes are base64 text, or null. */
    byte[] bytes(String name) {
        return bytes(fields.get(name));
    }

    static byte[] bytes(Object text) {
        return text == null ? null : Base64.getDecoder().decode(text.toString());
    }

    /** The list of this name; an empty one when there is none. */
    @SuppressWarnings("unchecked")
    List<Object> list(String name) {
        return has(name) ? (List<Object>) fields.get(name) : List.of();
    }

    List<String> names(String name) {
        return list(name).stream().map(Object::toString).toList();
    }

    /** The object of this name; an empty one when there is none. */
    @SuppressWarnings("unchecked")
    Request inner(String name) {
        return new Request(has(name) ? (Map<String, Object>) fields.get(name) : Map.of());
    }

    @SuppressWarnings("unchecked")
    List<Request> items(String name) {
        List<Request> items = new ArrayList<>();
        list(name).forEach(item -> items.add(new Request((Map<String, Object>) item)));
        return items;
    }

    List<List<Object>> rows(String name) {
        return list(name).stream().<List<Object>>map(Request::row).toList();
    }

    @SuppressWarnings("unchecked")
    static List<Object> row(Object value) {
        return (List<Object>) value;
    }

    static List<Integer> integers(Object list) {
        return row(list).stream().map(each -> ((Number) each).intValue()).toList();
    }

    /** `["topic", 0]` each. */
    List<TopicPartition> partitions(String name) {
        return rows(name).stream().map(Request::partition).toList();
    }

    static TopicPartition partition(List<Object> row) {
        return new TopicPartition(row.get(0).toString(), ((Number) row.get(1)).intValue());
    }

    /** `["topic", 0, 42]` each. */
    Map<TopicPartition, Long> offsets(String name) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        rows(name).forEach(row -> offsets.put(partition(row), ((Number) row.get(2)).longValue()));
        return offsets;
    }
}
