package session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.QuorumInfo;

/** The quorum of the controllers: voters and observers by their ids. */
final class QuorumCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("describe-quorum", (admin, request) -> describe(admin));
    }

    private static Map<String, Object> describe(AdminClient admin) throws Exception {
        QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("leader", quorum.leaderId());
        told.put("epoch", quorum.leaderEpoch());
        told.put("voters", ids(quorum.voters()));
        told.put("observers", ids(quorum.observers()));
        return told;
    }

    private static List<Integer> ids(List<QuorumInfo.ReplicaState> replicas) {
        return replicas.stream().map(QuorumInfo.ReplicaState::replicaId).sorted().toList();
    }
}
