package session;

import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;

/** Some calls of the verb `admin`; a driver names those that its client has. */
interface Calls {
    /** One call of the client's administrative API: the fields of its answer. */
    interface Call {
        Map<String, Object> answer(AdminClient admin, Request request) throws Exception;
    }

    void into(Map<String, Call> calls, Api api);
}
