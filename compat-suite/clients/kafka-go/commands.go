// The commands use kafka-go's low-level Conn, and its Reader in groups.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"compat-suite/contract"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
)

var codecsOfConn = map[string]kafka.CompressionCodec{
	"none": nil, "gzip": compress.Gzip.Codec(), "snappy": compress.Snappy.Codec(),
	"lz4": compress.Lz4.Codec(), "zstd": compress.Zstd.Codec(),
}

var acksOfConn = map[string]int{"": -1, "all": -1, "1": 1}

// onController runs a request on a connection to the controller, as kafka-go's own examples do.
func onController(args contract.Args, act func(*kafka.Conn) error) (int, error) {
	conn, err := kafka.Dial("tcp", args.Bootstrap[0])
	if err != nil {
		return -1, err
	}
	defer conn.Close()
	broker, err := conn.Controller()
	if err != nil {
		return -1, err
	}
	controller, err := kafka.Dial("tcp", net.JoinHostPort(broker.Host, strconv.Itoa(broker.Port)))
	if err != nil {
		return -1, err
	}
	defer controller.Close()
	return -1, act(controller)
}

func createTopic(_ context.Context, args contract.Args) (int, error) {
	return onController(args, func(conn *kafka.Conn) error {
		return conn.CreateTopics(kafka.TopicConfig{Topic: args.Topic, NumPartitions: args.Partitions, ReplicationFactor: 1})
	})
}

func deleteTopic(_ context.Context, args contract.Args) (int, error) {
	return onController(args, func(conn *kafka.Conn) error { return conn.DeleteTopics(args.Topic) })
}

// leaders returns a connection to the leader of each partition.
func leaders(ctx context.Context, args contract.Args) (map[int]*kafka.Conn, error) {
	partitions, err := kafka.DefaultDialer.LookupPartitions(ctx, "tcp", args.Bootstrap[0], args.Topic)
	if err != nil {
		return nil, err
	}
	conns := map[int]*kafka.Conn{}
	for _, partition := range partitions {
		conn, err := kafka.DialLeader(ctx, "tcp", args.Bootstrap[0], args.Topic, partition.ID)
		if err != nil {
			return nil, err
		}
		conns[partition.ID] = conn
	}
	return conns, nil
}

func produce(ctx context.Context, args contract.Args) (int, error) {
	conns, err := leaders(ctx, args)
	if err != nil {
		return 0, err
	}
	return args.Shares(func(codec string, records []contract.Record) error {
		chosen, known := codecsOfConn[codec]
		if !known {
			return fmt.Errorf("no codec %q", codec)
		}
		batches := map[int][]kafka.Message{}
		for index, record := range records {
			batches[index%len(conns)] = append(batches[index%len(conns)], made(record))
		}
		if args.Acks == "0" {
			return writeUnacknowledged(ctx, args, chosen, records)
		}
		for partition, batch := range batches {
			conn := conns[partition]
			if err := conn.SetRequiredAcks(acksOfConn[args.Acks]); err != nil {
				return err
			}
			if _, err := conn.WriteCompressedMessages(chosen, batch...); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeUnacknowledged uses a Writer: a Conn always wants an answer.
func writeUnacknowledged(
	ctx context.Context, args contract.Args, codec kafka.CompressionCodec, records []contract.Record,
) error {
	writer := &kafka.Writer{
		Addr: kafka.TCP(args.Bootstrap...), Topic: args.Topic, RequiredAcks: kafka.RequireNone,
		BatchTimeout: 5 * time.Millisecond,
	}
	if codec != nil {
		writer.Compression = kafka.Compression(codec.Code())
	}
	defer writer.Close()
	var messages []kafka.Message
	for _, record := range records {
		messages = append(messages, made(record))
	}
	return writer.WriteMessages(ctx, messages...)
}

func made(record contract.Record) kafka.Message {
	headers := []kafka.Header{{Key: contract.Header.Key, Value: contract.Header.Value}}
	return kafka.Message{Key: record.Key, Value: record.Value, Headers: headers}
}

func show(message kafka.Message) {
	headers := [][2]any{}
	for _, header := range message.Headers {
		headers = append(headers, [2]any{header.Key, contract.Text(header.Value)})
	}
	contract.EmitRecord(int32(message.Partition), message.Offset, message.Time, message.Key, message.Value, headers)
}

func consume(ctx context.Context, args contract.Args) (int, error) {
	conns, err := leaders(ctx, args)
	if err != nil {
		return 0, err
	}
	deadline := time.Now().Add(args.Timeout)
	count := 0
	for count < args.Count && time.Now().Before(deadline) {
		for _, conn := range conns {
			conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			batch := conn.ReadBatchWith(kafka.ReadBatchConfig{MinBytes: 1, MaxBytes: 1 << 20, MaxWait: 50 * time.Millisecond})
			for {
				message, err := batch.ReadMessage()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return count, err
				}
				show(message)
				count++
			}
			if err := batch.Close(); err != nil && !errors.Is(err, kafka.RequestTimedOut) {
				return count, err
			}
		}
	}
	return count, nil
}

// assignments tells of what a Reader says only to its log: the partitions that it has been assigned.
type assignments struct {
	owned []int32
	idle  *contract.Idle
	lock  sync.Mutex
}

var partitionsOf = regexp.MustCompile(`partition:(\d+)`)

func (a *assignments) Printf(format string, words ...any) {
	if !strings.HasPrefix(format, "subscribed to topics and partitions") {
		return
	}
	var partitions []int32
	for _, found := range partitionsOf.FindAllStringSubmatch(fmt.Sprintf(format, words...), -1) {
		partition, _ := strconv.Atoi(found[1])
		partitions = append(partitions, int32(partition))
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	contract.EmitPartitions("revoked", a.owned)
	contract.EmitPartitions("assigned", partitions)
	a.owned = partitions
	a.idle.Touch()
}

func (a *assignments) over() bool {
	a.lock.Lock()
	defer a.lock.Unlock()
	return a.idle.Over()
}

func (a *assignments) count() {
	a.lock.Lock()
	defer a.lock.Unlock()
	a.idle.Count++
	a.idle.Touch()
}

func group(ctx context.Context, args contract.Args) (int, error) {
	idle := &contract.Idle{Args: args}
	log := &assignments{idle: idle}
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: args.Bootstrap, GroupID: args.Group, Topic: args.Topic, StartOffset: kafka.FirstOffset, Logger: log,
		HeartbeatInterval: 300 * time.Millisecond, SessionTimeout: 10 * time.Second, RebalanceTimeout: 10 * time.Second,
		MaxWait: 100 * time.Millisecond,
	})
	for ctx.Err() == nil && !log.over() {
		if err := next(ctx, reader, log); err != nil {
			return idle.Count, err
		}
	}
	if err := reader.Close(); err != nil {
		return idle.Count, err
	}
	contract.Emit("left", nil)
	return idle.Count, nil
}

// next shows and commits the next message, if one comes soon.
func next(ctx context.Context, reader *kafka.Reader, log *assignments) error {
	soon, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	message, err := reader.FetchMessage(soon)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	show(message)
	log.count()
	if err := reader.CommitMessages(context.WithoutCancel(ctx), message); err != nil {
		return err
	}
	offsets := map[int]int64{message.Partition: message.Offset + 1}
	contract.Emit("committed", map[string]any{"offsets": offsets})
	return nil
}

var commands = contract.Commands{
	"create-topic": createTopic, "delete-topic": deleteTopic, "produce": produce, "consume": consume, "group": group,
}
