// Package journal is what was asked and what was answered: the last exchanges
// of every client, to be listed, waited for, verified and counted.
//
// Secrets are masked while an exchange is recorded, so that there is nothing to
// hide later. What a caller sends never decides how much is kept: every text has
// a bound, every client a number of exchanges, and all of them together a number
// of bytes. What is over goes, the oldest first: of the client that has too many,
// or that takes most, so that no client pushes out another that is smaller.
package journal

import (
	"container/heap"
	"net/http"
	"sync"
)

// The bounds that hold unless Config says otherwise.
const (
	DefaultPerClient = 10_000
	DefaultBytes     = 16 << 20
)

// Config is how much a journal keeps.
type Config struct {
	// PerClient is how many exchanges are kept of one client; 0 is
	// DefaultPerClient. Callers that are no client count as one together.
	PerClient int
	// Bytes is how much memory all of them take, about; 0 is DefaultBytes.
	Bytes int
}

// Journal keeps exchanges. It is safe for concurrent use; make one with New.
type Journal struct {
	config Config

	mu       sync.Mutex
	position uint64 // of the exchange recorded last
	bytes    int
	all      row
	shelves  map[string]*shelf // by client; "" is callers that are no client
	bySize   largestFirst
	marks    marks
	coverage tally
	stats    Stats
	changed  chan struct{} // closed by the next exchange or clearing; nil while nobody waits
}

// Stats is how much a journal has seen.
type Stats struct {
	Total   uint64 // exchanges ever recorded
	Kept    int    // that can be listed now
	Dropped uint64 // that went because of a bound
}

// New returns an empty journal.
func New(c Config) *Journal {
	if c.PerClient == 0 {
		c.PerClient = DefaultPerClient
	}
	if c.Bytes == 0 {
		c.Bytes = DefaultBytes
	}
	return &Journal{config: c, shelves: map[string]*shelf{}, coverage: tally{}}
}

// Record keeps a copy of an exchange and of its request's header, which may be
// nil: texts cut off at their bounds, secrets masked. secrets are further texts to
// mask wherever they stand. It takes one allocation.
func (j *Journal) Record(e *Exchange, header http.Header, secrets ...string) Kept {
	r := newRecord(e, header, secrets)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.position++
	s := slot{j.position, r}
	shelf := j.shelf(clip(e.Client, MaxName))
	j.all.push(s)
	shelf.exchanges.push(s)
	j.grow(shelf, r.size())
	j.stats.Total++
	j.coverage.count(e)
	shelf.coverage.count(e)
	j.drop(shelf)
	j.tell()
	return Kept{s}
}

// Kept is an exchange that was recorded.
type Kept struct{ slot slot }

// Exchange returns the exchange as it is kept; it has a Position now.
func (k Kept) Exchange() Exchange { return k.slot.exchange() }

// tell wakes those who wait.
func (j *Journal) tell() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// drop removes what is over the bounds: of the client that has just got one more,
// then of the one that takes most.
func (j *Journal) drop(s *shelf) {
	for s.exchanges.count() > j.config.PerClient {
		j.lose(s)
	}
	for j.bytes > j.config.Bytes && j.all.count() > 1 {
		j.lose(j.bySize[0])
	}
}

// lose removes the oldest exchange of a shelf because of a bound.
func (j *Journal) lose(s *shelf) {
	position := j.removeOldest(s)
	for _, m := range [...]*marks{&j.marks, &s.marks} {
		m.lost = max(m.lost, position)
		m.dropped++
	}
	j.stats.Dropped++
}

func (j *Journal) removeOldest(s *shelf) (position uint64) {
	oldest := *s.exchanges.at(0)
	j.all.remove(oldest.position)
	s.exchanges.remove(oldest.position)
	j.grow(s, -oldest.record.size())
	return oldest.position
}

// grow counts bytes of a shelf, which may be fewer.
func (j *Journal) grow(s *shelf, size int) {
	j.bytes += size
	s.bytes += size
	heap.Fix(&j.bySize, s.index)
}

// Clear forgets the exchanges of a client, or with "" those of all callers, and
// that any were dropped. Coverage stays.
func (j *Journal) Clear(client string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, s := range j.shelves {
		if client == "" || client == id {
			j.empty(s)
		}
	}
	if client == "" {
		j.marks.lost, j.marks.dropped = 0, 0
	}
}

// Forget forgets a client altogether; what it has met still counts for the
// coverage of all.
func (j *Journal) Forget(client string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s, ok := j.shelves[client]; ok {
		j.empty(s)
		heap.Remove(&j.bySize, s.index)
		delete(j.shelves, client)
	}
}

func (j *Journal) empty(s *shelf) {
	for s.exchanges.count() > 0 {
		j.removeOldest(s)
	}
	s.marks.lost, s.marks.dropped = 0, 0
	for _, m := range []*marks{&j.marks, &s.marks} {
		m.clears++
		m.cleared = j.position
	}
	j.tell()
}

// Stats returns how much the journal has seen.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	stats := j.stats
	stats.Kept = j.all.count()
	return stats
}

// Dropped returns how many exchanges of a client, or with "" of all callers, went
// because of a bound since something was cleared.
func (j *Journal) Dropped(client string) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.marksOf(client).dropped
}
