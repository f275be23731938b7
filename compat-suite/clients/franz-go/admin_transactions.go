package main

import (
	"context"

	"compat-suite/contract/session"

	"github.com/twmb/franz-go/pkg/kadm"
)

func (admin *admin) listTransactions(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct {
		States      []string
		ProducerIDs []int64 `json:"producer_ids"`
		Pattern     string
	}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	found, err := admin.kadm.ListTransactionsByTxPattern(ctx, asked.ProducerIDs, asked.States, asked.Pattern)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	transactions := []any{}
	for _, each := range found.Sorted() {
		transactions = append(transactions, map[string]any{
			"id": each.TxnID, "producer_id": each.ProducerID, "state": each.State,
		})
	}
	return session.Answer{"transactions": transactions}, nil
}

func (admin *admin) describeTransactions(ctx context.Context, request *session.Request) (session.Answer, error) {
	var asked struct{ IDs []string }
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	described := map[string]any{}
	found, err := admin.kadm.DescribeTransactions(ctx, asked.IDs...)
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	for id, each := range found {
		described[id] = names.Or(each.Err, map[string]any{
			"state": each.State, "producer_id": each.ProducerID, "epoch": each.ProducerEpoch,
			"timeout_ms": each.TimeoutMillis, "coordinator": each.Coordinator, "partitions": fromSet(each.Topics),
		})
	}
	return results(described), nil
}

func (admin *admin) abortTransaction(ctx context.Context, request *session.Request) (session.Answer, error) {
	asked := struct {
		Partition        session.Partition
		ProducerID       int64 `json:"producer_id"`
		Epoch            int16
		CoordinatorEpoch int32 `json:"coordinator_epoch"`
	}{CoordinatorEpoch: -1}
	if err := request.Into(&asked); err != nil {
		return nil, err
	}
	answer, err := admin.kadm.WriteTxnMarkers(ctx, kadm.TxnMarkers{
		ProducerID: asked.ProducerID, ProducerEpoch: asked.Epoch, CoordinatorEpoch: asked.CoordinatorEpoch,
		Topics: setOf([]session.Partition{asked.Partition}),
	})
	if err := whole(ctx, err); err != nil {
		return nil, err
	}
	for _, each := range answer.SortedPartitions() {
		if each.Err != nil {
			return nil, each.Err
		}
	}
	return nil, nil
}
