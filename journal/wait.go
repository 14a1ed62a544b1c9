package journal

import (
	"context"
	"slices"
	"time"

	"knotsandbox/pause"
)

// Await waits until there are n exchanges of those meant, earlier ones included,
// and returns the newest n, the newest first. When ctx ends before, it returns
// those that there are, and the context's error.
func (j *Journal) Await(ctx context.Context, f Filter, n int) ([]Exchange, error) {
	last := j.Now(f.Client)
	found := j.upTo(f, last, n)
	for len(found) < n {
		var err error
		if last, err = j.Next(ctx, f, last); err != nil {
			return found, err
		}
		if last.Cleared { // what was found may be gone
			found = j.upTo(f, last, n)
			continue
		}
		slices.Reverse(last.Exchanges)
		found = append(last.Exchanges, found...)
	}
	return found[:n], nil
}

// upTo returns the newest n of those meant that a stream has come by.
func (j *Journal) upTo(f Filter, last Batch, n int) []Exchange {
	if f.Before == 0 || f.Before > last.UpTo {
		f.Before = last.UpTo + 1
	}
	return j.Find(f, n).Exchanges
}

// Batch is the next of a stream of exchanges.
type Batch struct {
	Exchanges []Exchange // the oldest first
	UpTo      uint64     // the position up to which everything was looked at
	LostUpTo  uint64     // up to here some may have been dropped before they were asked for; 0 if that is no news
	Cleared   bool       // something was cleared since the last batch

	marks marks // as they were told
}

// Now returns where a stream begins that wants nothing of what was, of a client or
// with "" of all callers.
func (j *Journal) Now(client string) Batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Batch{UpTo: j.position, marks: j.marksOf(client)}
}

// From returns where a stream begins that has had everything up to a position.
func (j *Journal) From(client string, position uint64) Batch {
	b := j.Now(client)
	if position > b.UpTo { // of another journal, which this one cannot go on from
		b.LostUpTo = b.UpTo + 1
		return b
	}
	b.UpTo = position
	b.marks.lost = min(b.marks.lost, position)
	if b.marks.clears > 0 && b.marks.cleared >= position {
		b.marks.clears-- // it has not been told
	}
	return b
}

// breath is how long Next waits between two looks that found nothing, so that who
// waits for what does not come is no burden to those who call.
const breath = 5 * time.Millisecond

// Next waits for exchanges of those meant behind what the last batch looked at, or
// for news about lost or cleared ones, and returns the first of them. Of the
// filter, Before has no meaning. The error is the context's.
func (j *Journal) Next(ctx context.Context, f Filter, last Batch) (Batch, error) {
	if last.LostUpTo > last.UpTo { // told when the stream began
		last.LostUpTo, last.Exchanges = last.UpTo, nil
		return last, nil
	}
	criteria := f.criteria()
	for {
		b, changed := j.look(f.Client, last)
		if b.take(criteria) {
			return b.Batch, nil
		}
		last = b.Batch
		if len(b.slots) == batch {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
		if err := pause.For(ctx, breath); err != nil {
			return last, err
		}
	}
}

// glance is a batch before it was matched.
type glance struct {
	Batch
	slots []slot
}

// take adds what is meant to the batch, and reports whether it holds any news.
func (g *glance) take(criteria []criterion) bool {
	for _, s := range g.slots {
		if e := s.exchange(); matches(criteria, &e) {
			g.Exchanges = append(g.Exchanges, e)
		}
	}
	return len(g.Exchanges) > 0 || g.LostUpTo > 0 || g.Cleared
}

// look returns what is new since the last batch, and a channel that the next news
// closes.
func (j *Journal) look(client string, last Batch) (glance, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.marksOf(client)
	g := glance{Batch: Batch{UpTo: j.position, marks: now}, slots: j.rowOf(client).newerThan(last.UpTo)}
	if len(g.slots) == batch {
		g.UpTo = g.slots[batch-1].position
	}
	g.Cleared = now.clears != last.marks.clears
	if lost := max(last.marks.lost, last.UpTo); now.lost > lost && !g.Cleared {
		g.LostUpTo = now.lost
	}
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return g, j.changed
}

// Position returns the position of the exchange recorded last.
func (j *Journal) Position() uint64 { return j.Now("").UpTo }
