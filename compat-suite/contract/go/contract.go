// Package contract is the contract of the suite's client programs, for those written in Go: see compat-suite/README.md.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Args are the arguments of a command.
type Args struct {
	Bootstrap  []string
	Topic      string
	Partitions int
	Count      int
	Start      int
	Size       int
	Codecs     []string
	Acks       string
	Idempotent bool
	Group      string
	Idle       time.Duration
	Timeout    time.Duration
}

// Record is what the suite sends.
type Record struct {
	Key   []byte
	Value []byte
}

// Header is the one that each record has.
var Header = struct {
	Key   string
	Value []byte
}{"origin", []byte("compat-suite")}

// Make gives the record with this index: every tenth has no key; values are padded to size bytes.
func Make(index, size int) Record {
	value := fmt.Appendf(nil, "ż%d|", index)
	value = append(value, bytes.Repeat([]byte("x"), max(0, size-len(value)))...)
	if index%10 == 9 {
		return Record{nil, value}
	}
	return Record{fmt.Appendf(nil, "k%d", index), value}
}

// Shares calls send once for each codec, with the records that are to be sent with it.
func (args Args) Shares(send func(codec string, records []Record) error) (int, error) {
	next := args.Start
	for _, codec := range args.Codecs {
		var records []Record
		for range args.Count {
			records = append(records, Make(next, args.Size))
			next++
		}
		if err := send(codec, records); err != nil {
			return 0, err
		}
	}
	return next - args.Start, nil
}

var output sync.Mutex

// Emit prints one JSON line.
func Emit(event string, fields map[string]any) {
	line := map[string]any{"event": event}
	for name, value := range fields {
		line[name] = value
	}
	output.Lock()
	defer output.Unlock()
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(line)
}

// EmitRecord prints a record that was consumed.
func EmitRecord(partition int32, offset int64, timestamp time.Time, key, value []byte, headers [][2]any) {
	Emit("record", map[string]any{
		"partition": partition, "offset": offset, "timestamp": timestamp.UnixMilli(),
		"key": Text(key), "value": Text(value), "headers": headers,
	})
}

// EmitPartitions prints an event about partitions, in order.
func EmitPartitions(event string, partitions []int32) {
	sorted := append([]int32{}, partitions...)
	slices.Sort(sorted)
	Emit(event, map[string]any{"partitions": sorted})
}

// Text is the content as a string; nil is null.
func Text(content []byte) any {
	if content == nil {
		return nil
	}
	return string(content)
}

// Commands are what a client program does: each returns how many records it sent or got, or -1.
type Commands map[string]func(context.Context, Args) (int, error)

// Run does what the command line asks. The context ends with SIGTERM.
func Run(commands Commands) {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	var args Args
	bootstrap := flags.String("bootstrap", "", "")
	codecs := flags.String("codec", "none", "")
	idle := flags.Int("idle-ms", 0, "")
	timeout := flags.Int("timeout-ms", 30000, "")
	flags.StringVar(&args.Topic, "topic", "", "")
	flags.IntVar(&args.Partitions, "partitions", 1, "")
	flags.IntVar(&args.Count, "count", 0, "")
	flags.IntVar(&args.Start, "start", 0, "")
	flags.IntVar(&args.Size, "size", 0, "")
	flags.StringVar(&args.Acks, "acks", "", "")
	flags.BoolVar(&args.Idempotent, "idempotent", false, "")
	flags.StringVar(&args.Group, "group", "", "")
	_ = flags.Parse(os.Args[2:])
	args.Bootstrap = strings.Split(*bootstrap, ",")
	args.Codecs = strings.Split(*codecs, ",")
	args.Idle = time.Duration(*idle) * time.Millisecond
	args.Timeout = time.Duration(*timeout) * time.Millisecond
	count, err := commands[os.Args[1]](ctx, args)
	if err != nil {
		Emit("error", map[string]any{"message": err.Error()})
		os.Exit(1)
	}
	fields := map[string]any{}
	if count >= 0 {
		fields["count"] = count
	}
	Emit("done", fields)
}

// Idle tells when a member has had nothing to do for long enough, or has enough.
type Idle struct {
	Args  Args
	Count int
	last  time.Time
}

// Touch notes that something happened: an assignment or a batch.
func (idle *Idle) Touch() { idle.last = time.Now() }

// Over is true when the member should leave.
func (idle *Idle) Over() bool {
	if idle.Args.Count > 0 && idle.Count >= idle.Args.Count {
		return true
	}
	return idle.Args.Idle > 0 && !idle.last.IsZero() && time.Since(idle.last) > idle.Args.Idle
}
