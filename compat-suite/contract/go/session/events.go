package session

import (
	"slices"
	"sync"
)

// Events are what a member of a group was told of its partitions since they were last asked for, and what it owns.
type Events struct {
	lock  sync.Mutex
	told  [][2]any
	owned map[Partition]struct{}
}

// Tell notes that partitions were "assigned", "revoked" or "lost".
func (events *Events) Tell(kind string, partitions []Partition) {
	events.lock.Lock()
	defer events.lock.Unlock()
	sorted := slices.Clone(partitions)
	slices.SortFunc(sorted, Order)
	if sorted == nil {
		sorted = []Partition{}
	}
	events.told = append(events.told, [2]any{kind, sorted})
	if events.owned == nil {
		events.owned = map[Partition]struct{}{}
	}
	for _, partition := range partitions {
		if kind == "assigned" {
			events.owned[partition] = struct{}{}
		} else {
			delete(events.owned, partition)
		}
	}
}

// Take gives what was told since the last time.
func (events *Events) Take() [][2]any {
	events.lock.Lock()
	defer events.lock.Unlock()
	told := events.told
	events.told = nil
	if told == nil {
		told = [][2]any{}
	}
	return told
}

// Owned are the partitions that were assigned and not taken away.
func (events *Events) Owned() []Partition {
	events.lock.Lock()
	defer events.lock.Unlock()
	return Sorted(events.owned)
}

// Owns tells whether a partition is one of them.
func (events *Events) Owns(partition Partition) bool {
	events.lock.Lock()
	defer events.lock.Unlock()
	_, owned := events.owned[partition]
	return owned
}
