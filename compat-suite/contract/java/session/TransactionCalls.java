package session;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.DescribeProducersResult;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;

/** Transactions as an administrator sees them (KIP-664). */
final class TransactionCalls implements Calls {
    @Override
    public void into(Map<String, Call> calls, Api api) {
        calls.put("describe-producers", TransactionCalls::producers);
        calls.put("list-transactions", TransactionCalls::list);
        calls.put("describe-transactions", (admin, request) -> Answers.results(request.names("ids"), id -> id,
            id -> told(admin.describeTransactions(List.of(id)).description(id).get())));
        calls.put("abort-transaction", TransactionCalls::abort);
        calls.put("fence-producers", (admin, request) -> Answers.done(
            admin.fenceProducers(request.names("ids")).fencedProducers(), id -> id));
    }

    private static Map<String, Object> producers(AdminClient admin, Request request) {
        List<TopicPartition> partitions = request.partitions("partitions");
        DescribeProducersResult described = admin.describeProducers(partitions);
        return Map.of("producers", Answers.perPartition(partitions, partition ->
            described.partitionResult(partition).get().activeProducers().stream()
                .sorted(Comparator.comparing(ProducerState::producerId)).map(TransactionCalls::told).toList()));
    }

    private static Object told(ProducerState state) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("producer_id", state.producerId());
        told.put("epoch", state.producerEpoch());
        told.put("last_sequence", state.lastSequence());
        told.put("last_timestamp", state.lastTimestamp());
        state.coordinatorEpoch().ifPresent(epoch -> told.put("coordinator_epoch", epoch));
        state.currentTransactionStartOffset().ifPresent(offset -> told.put("transaction_start", offset));
        return told;
    }

    /** `transactions`: `[{id, producer_id, state}]`, sorted by id. */
    private static Map<String, Object> list(AdminClient admin, Request request) throws Exception {
        ListTransactionsOptions options = new ListTransactionsOptions().filterStates(
            request.names("states").stream().map(TransactionState::parse).collect(Collectors.toSet()));
        return Map.of("transactions", admin.listTransactions(options).all().get().stream()
            .sorted(Comparator.comparing(TransactionListing::transactionalId)).map(each -> Map.of(
                "id", each.transactionalId(), "producer_id", each.producerId(), "state", each.state().toString()))
            .toList());
    }

    private static Object told(TransactionDescription description) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("state", description.state().toString());
        told.put("coordinator", description.coordinatorId());
        told.put("producer_id", description.producerId());
        told.put("epoch", description.producerEpoch());
        told.put("timeout_ms", description.transactionTimeoutMs());
        told.put("partitions", Answers.partitions(description.topicPartitions()));
        return told;
    }

    /** Of one partition, by what `describe-producers` tells: `producer_id`, `epoch`, `coordinator_epoch`. */
    private static Map<String, Object> abort(AdminClient admin, Request request) throws Exception {
        admin.abortTransaction(new AbortTransactionSpec(
            Request.partition(request.list("partition")), request.number("producer_id"),
            (short) request.number("epoch"), (int) request.number("coordinator_epoch", 0))).all().get();
        return Map.of();
    }
}
