package session

import (
	"context"
	"slices"
	"sync"
)

const inboxLimit = 10_000

// Inbox stands between a client that pushes records and a session that polls for them.
type Inbox struct {
	lock    sync.Mutex
	records []Received
	paused  map[Partition]struct{}
	failure error
	changed chan struct{}
}

// announce lets all that wait look again. The lock is held.
func (inbox *Inbox) announce() {
	if inbox.changed != nil {
		close(inbox.changed)
		inbox.changed = nil
	}
}

// change is closed at the next change. The lock is held.
func (inbox *Inbox) change() <-chan struct{} {
	if inbox.changed == nil {
		inbox.changed = make(chan struct{})
	}
	return inbox.changed
}

// Put adds a record, once there is room for it.
func (inbox *Inbox) Put(ctx context.Context, record Received) {
	inbox.lock.Lock()
	defer inbox.lock.Unlock()
	for len(inbox.records) >= inboxLimit {
		changed := inbox.change()
		inbox.lock.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		inbox.lock.Lock()
		if ctx.Err() != nil {
			return
		}
	}
	inbox.records = append(inbox.records, record)
	inbox.announce()
}

// Fail lets the poll under way, or the next, fail once the records before it have been polled.
func (inbox *Inbox) Fail(err error) {
	inbox.lock.Lock()
	defer inbox.lock.Unlock()
	inbox.failure = err
	inbox.announce()
}

// Drop forgets the records of partitions; without any, all.
func (inbox *Inbox) Drop(partitions ...Partition) {
	inbox.lock.Lock()
	defer inbox.lock.Unlock()
	inbox.records = slices.DeleteFunc(inbox.records, func(record Received) bool {
		return len(partitions) == 0 || slices.Contains(partitions, record.At())
	})
	inbox.announce()
}

// Pause keeps the records of partitions back.
func (inbox *Inbox) Pause(partitions []Partition) {
	inbox.lock.Lock()
	defer inbox.lock.Unlock()
	if inbox.paused == nil {
		inbox.paused = map[Partition]struct{}{}
	}
	for _, partition := range partitions {
		inbox.paused[partition] = struct{}{}
	}
}

// Resume gives them again.
func (inbox *Inbox) Resume(partitions []Partition) {
	inbox.lock.Lock()
	defer inbox.lock.Unlock()
	for _, partition := range partitions {
		delete(inbox.paused, partition)
	}
	inbox.announce()
}

// Poll gives the records that are asked for, as many as come in time.
func (inbox *Inbox) Poll(ctx context.Context, polling Polling) ([]Received, error) {
	ctx, cancel := context.WithTimeout(ctx, polling.Timeout.Duration())
	defer cancel()
	inbox.lock.Lock()
	defer inbox.lock.Unlock()
	for !polling.Enough(inbox.ready()) && inbox.failure == nil && ctx.Err() == nil {
		changed := inbox.change()
		inbox.lock.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		inbox.lock.Lock()
	}
	if inbox.failure != nil && inbox.ready() == 0 {
		failure := inbox.failure
		inbox.failure = nil
		return nil, failure
	}
	return inbox.take(polling.Count), nil
}

func (inbox *Inbox) ready() int {
	count := 0
	for _, record := range inbox.records {
		if _, paused := inbox.paused[record.At()]; !paused {
			count++
		}
	}
	return count
}

func (inbox *Inbox) take(most int) []Received {
	taken, left := []Received{}, []Received{}
	for _, record := range inbox.records {
		_, paused := inbox.paused[record.At()]
		if paused || most > 0 && len(taken) == most {
			left = append(left, record)
		} else {
			taken = append(taken, record)
		}
	}
	inbox.records = left
	inbox.announce()
	return taken
}
