package session;

import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.CreateDelegationTokenOptions;
import org.apache.kafka.clients.admin.DescribeDelegationTokenOptions;
import org.apache.kafka.clients.admin.ExpireDelegationTokenOptions;
import org.apache.kafka.clients.admin.RenewDelegationTokenOptions;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.token.delegation.DelegationToken;

/** Delegation tokens (KIP-48): principals are `User:name`; the hmac is base64 text. */
final class TokenCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("create-token", TokenCalls::create);
        calls.put("describe-tokens", TokenCalls::describe);
        calls.put("renew-token", TokenCalls::renew);
        calls.put("expire-token", TokenCalls::expire);
    }

    private static KafkaPrincipal principal(String text) {
        int colon = text.indexOf(':');
        return new KafkaPrincipal(text.substring(0, colon), text.substring(colon + 1));
    }

    private static List<KafkaPrincipal> principals(Request request, String name) {
        return request.names(name).stream().map(TokenCalls::principal).toList();
    }

    @SuppressWarnings("deprecation") // The name that every client has.
    private static Map<String, Object> create(AdminClient admin, Request request) throws Exception {
        CreateDelegationTokenOptions options = new CreateDelegationTokenOptions()
            .renewers(principals(request, "renewers"));
        if (request.has("owner")) {
            options.owner(principal(request.needed("owner")));
        }
        if (request.has("max_lifetime_ms")) {
            options.maxlifeTimeMs(request.number("max_lifetime_ms"));
        }
        return Map.of("token", told(admin.createDelegationToken(options).delegationToken().get()));
    }

    private static Map<String, Object> told(DelegationToken token) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("token_id", token.tokenInfo().tokenId());
        told.put("owner", token.tokenInfo().ownerAsString());
        told.put("renewers", List.copyOf(token.tokenInfo().renewersAsString()));
        told.put("issued", token.tokenInfo().issueTimestamp());
        told.put("expires", token.tokenInfo().expiryTimestamp());
        told.put("max_timestamp", token.tokenInfo().maxTimestamp());
        told.put("hmac", token.hmacAsBase64String());
        return told;
    }

    private static Map<String, Object> describe(AdminClient admin, Request request) throws Exception {
        DescribeDelegationTokenOptions options = new DescribeDelegationTokenOptions();
        if (request.has("owners")) {
            options.owners(principals(request, "owners"));
        }
        return Map.of("tokens", admin.describeDelegationToken(options).delegationTokens().get().stream()
            .sorted(Comparator.comparing(token -> token.tokenInfo().tokenId())).map(TokenCalls::told).toList());
    }

    private static byte[] hmac(Request request) {
        return Base64.getDecoder().decode(request.needed("hmac"));
    }

    private static Map<String, Object> renew(AdminClient admin, Request request) throws Exception {
        RenewDelegationTokenOptions options =
            new RenewDelegationTokenOptions().renewTimePeriodMs(request.number("period_ms", -1));
        return Map.of("expires", admin.renewDelegationToken(hmac(request), options).expiryTimestamp().get());
    }

    private static Map<String, Object> expire(AdminClient admin, Request request) throws Exception {
        ExpireDelegationTokenOptions options =
            new ExpireDelegationTokenOptions().expiryTimePeriodMs(request.number("period_ms", -1));
        return Map.of("expires", admin.expireDelegationToken(hmac(request), options).expiryTimestamp().get());
    }
}
