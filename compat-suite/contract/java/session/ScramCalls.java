package session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.DescribeUserScramCredentialsResult;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.admin.UserScramCredentialsDescription;

/** The credentials of SCRAM. */
final class ScramCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("describe-scram", ScramCalls::describe);
        calls.put("alter-scram", ScramCalls::alter);
    }

    /** All users when none are named. */
    private static Map<String, Object> describe(AdminClient admin, Request request) throws Exception {
        List<String> users = request.names("users");
        DescribeUserScramCredentialsResult described =
            admin.describeUserScramCredentials(request.has("users") ? users : null);
        return Answers.results(users.isEmpty() ? described.users().get() : users, user -> user,
            user -> told(described.description(user).get()));
    }

    private static Object told(UserScramCredentialsDescription description) throws ExecutionException {
        return description.credentialInfos().stream().map(each -> Map.of(
            "mechanism", each.mechanism().mechanismName(), "iterations", each.iterations())).toList();
    }

    private static Map<String, Object> alter(AdminClient admin, Request request) {
        List<UserScramCredentialAlteration> changes = new ArrayList<>();
        for (Request each : request.items("upsert")) {
            ScramCredentialInfo info =
                new ScramCredentialInfo(mechanism(each), (int) each.number("iterations", 4096));
            changes.add(new UserScramCredentialUpsertion(each.needed("user"), info, each.needed("password")));
        }
        for (Request each : request.items("delete")) {
            changes.add(new UserScramCredentialDeletion(each.needed("user"), mechanism(each)));
        }
        return Answers.done(admin.alterUserScramCredentials(changes).values(), user -> user);
    }

    private static ScramMechanism mechanism(Request request) {
        return ScramMechanism.fromMechanismName(request.needed("mechanism"));
    }
}
