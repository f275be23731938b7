package session

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Partition is ["topic", 0].
type Partition struct {
	Topic     string
	Partition int32
}

// UnmarshalJSON reads a list.
func (partition *Partition) UnmarshalJSON(content []byte) error {
	return list(content, &partition.Topic, &partition.Partition)
}

// MarshalJSON writes a list.
func (partition Partition) MarshalJSON() ([]byte, error) {
	return json.Marshal(partition.With())
}

// With gives the partition with values about it: ["topic", 0, value...].
func (partition Partition) With(values ...any) []any {
	return append([]any{partition.Topic, partition.Partition}, values...)
}

// Order sorts partitions.
func Order(left, right Partition) int {
	if order := strings.Compare(left.Topic, right.Topic); order != 0 {
		return order
	}
	return int(left.Partition) - int(right.Partition)
}

// Sorted gives the partitions of a map in order; never nil.
func Sorted[V any](partitions map[Partition]V) []Partition {
	sorted := make([]Partition, 0, len(partitions))
	for partition := range partitions {
		sorted = append(sorted, partition)
	}
	slices.SortFunc(sorted, Order)
	return sorted
}

// Offset is ["topic", 0, 42].
type Offset struct {
	Partition
	Offset int64
}

// UnmarshalJSON reads a list.
func (offset *Offset) UnmarshalJSON(content []byte) error {
	return list(content, &offset.Topic, &offset.Partition.Partition, &offset.Offset)
}

// MarshalJSON writes a list.
func (offset Offset) MarshalJSON() ([]byte, error) {
	return json.Marshal(offset.With(offset.Offset))
}

// Header is [name, bytes].
type Header struct {
	Name  string
	Value []byte
}

// UnmarshalJSON reads a list.
func (header *Header) UnmarshalJSON(content []byte) error {
	return list(content, &header.Name, &header.Value)
}

// MarshalJSON writes a list.
func (header Header) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{header.Name, header.Value})
}

// Assignment is ["topic", 0, [1, 2]], or null in place of the replicas.
type Assignment struct {
	Partition
	Replicas []int32
}

// UnmarshalJSON reads a list.
func (assignment *Assignment) UnmarshalJSON(content []byte) error {
	return list(content, &assignment.Topic, &assignment.Partition.Partition, &assignment.Replicas)
}

// Resource is ["topic", "name"].
type Resource struct{ Type, Name string }

// UnmarshalJSON reads a list.
func (resource *Resource) UnmarshalJSON(content []byte) error {
	return list(content, &resource.Type, &resource.Name)
}

// MarshalJSON writes a list.
func (resource Resource) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{resource.Type, resource.Name})
}

func list(content []byte, targets ...any) error {
	var items []json.RawMessage
	if err := json.Unmarshal(content, &items); err != nil {
		return err
	}
	if len(items) != len(targets) {
		return Invalid(string(content))
	}
	for index, target := range targets {
		if err := json.Unmarshal(items[index], target); err != nil {
			return err
		}
	}
	return nil
}

// Record is one to send.
type Record struct {
	Topic     string
	Partition *int32
	Key       []byte
	Value     []byte
	Headers   []Header
	Timestamp *int64
}

// Sending are the arguments of the verb send.
type Sending struct {
	Records  []Record
	Together bool
}

// Sent is where a record is now.
type Sent struct {
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Timestamp *int64 `json:"timestamp,omitempty"`
}

// Received is a record that was polled.
type Received struct {
	Topic         string   `json:"topic"`
	Partition     int32    `json:"partition"`
	Offset        int64    `json:"offset"`
	Timestamp     int64    `json:"timestamp"`
	TimestampType string   `json:"timestamp_type,omitempty"`
	Key           []byte   `json:"key"`
	Value         []byte   `json:"value"`
	Headers       []Header `json:"headers"`
	LeaderEpoch   *int32   `json:"leader_epoch,omitempty"`
	DeliveryCount int32    `json:"delivery_count,omitempty"`
}

// At is where a record is.
func (record Received) At() Partition { return Partition{record.Topic, record.Partition} }

// Moment is "earliest", "latest", "max-timestamp" or milliseconds.
type Moment struct {
	Name         string
	Milliseconds int64
}

// UnmarshalJSON reads a text or a number.
func (moment *Moment) UnmarshalJSON(content []byte) error {
	if json.Unmarshal(content, &moment.Name) == nil {
		return nil
	}
	return json.Unmarshal(content, &moment.Milliseconds)
}

// Milliseconds is a length of time.
type Milliseconds int64

// Duration is the same as Go has it.
func (length Milliseconds) Duration() time.Duration { return time.Duration(length) * time.Millisecond }

// Polling are the arguments of the verb poll.
type Polling struct {
	Timeout Milliseconds `json:"timeout_ms"`
	Count   int
}

// Enough tells whether a poll with so many records is over.
func (polling Polling) Enough(records int) bool { return records >= max(polling.Count, 1) }

// Subscribing are the arguments of the verb subscribe.
type Subscribing struct {
	Topics  []string
	Pattern string
}

// Committing are the arguments of the verb commit-offsets.
type Committing struct {
	Offsets  []Offset // nil: what was polled
	Metadata *string
}

// Listing are the arguments of what lists offsets.
type Listing struct {
	Partitions []Partition
	At         Moment
	Isolation  string
}
