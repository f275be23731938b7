package session;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;

/**
 * Consumers that vanish: their threads end and their connections close, and the group is told nothing, as when a
 * program is killed. The client has no such call (since 4.1 it can stay in a classic group, not in a newer one), so this
 * reaches into it.
 */
final class Abandoned {
    private Abandoned() {
    }

    static void now(Object consumer) {
        try {
            Object inner = field(consumer, "delegate").orElse(consumer);
            Optional<Object> background = field(inner, "applicationEventHandler");
            if (background.isPresent()) {
                call(background.get(), "close", Duration.ZERO);
            } else {
                call(field(inner, "coordinator").orElseThrow(), "closeHeartbeatThread");
                call(field(inner, "client").orElseThrow(), "close");
            }
        } catch (ReflectiveOperationException failure) {
            throw new UnsupportedOperationException("abandon", failure);
        }
    }

    private static Optional<Object> field(Object owner, String name) throws IllegalAccessException {
        for (Field field : owner.getClass().getDeclaredFields()) {
            if (field.getName().equals(name)) {
                field.setAccessible(true);
                return Optional.ofNullable(field.get(owner));
            }
        }
        return Optional.empty();
    }

    private static void call(Object owner, String name, Object... arguments) throws ReflectiveOperationException {
        for (Class<?> kind = owner.getClass(); kind != null; kind = kind.getSuperclass()) {
            for (Method method : kind.getDeclaredMethods()) {
                if (method.getName().equals(name) && method.getParameterCount() == arguments.length) {
                    method.setAccessible(true);
                    invoke(method, owner, arguments);
                    return;
                }
            }
        }
        throw new NoSuchMethodException(name);
    }

    private static void invoke(Method method, Object owner, Object... arguments) throws IllegalAccessException {
        try {
            method.invoke(owner, arguments);
        } catch (InvocationTargetException failure) {
            throw new IllegalStateException(failure.getCause());
        }
    }
}
