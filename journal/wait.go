package journal

import (
	"context"
	"slices"
)

// signal returns a channel that the next exchange closes. Ask for it before
// looking, so that none is missed between looking and waiting.
func (j *Journal) signal() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return j.changed
}

// Await waits until there are n exchanges of those meant, earlier ones included,
// and returns the newest n, the newest first. When ctx ends before, it returns
// those that there are, and the context's error.
func (j *Journal) Await(ctx context.Context, f Filter, n int) ([]Exchange, error) {
	var found []Exchange
	for {
		changed := j.signal()
		fresh := j.Find(f, n).Exchanges
		if len(fresh) > 0 {
			f.After = max(f.After, fresh[0].Position)
		}
		found = append(fresh, found...)
		if len(found) >= n {
			return found[:n], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return found, context.Cause(ctx)
		}
	}
}

// Batch is the next of a stream of exchanges.
type Batch struct {
	Exchanges []Exchange // the oldest first
	UpTo      uint64     // the position up to which everything was looked at
	Lost      bool       // some may have been dropped before they were asked for
	Clears    uint64     // how often something was cleared before
}

// Next waits for an exchange of those meant behind what the last batch looked at,
// or for a clearing after it, and returns what there is then, up to limit. Of the
// filter, After and Before have no meaning. The error is the context's.
func (j *Journal) Next(ctx context.Context, f Filter, last Batch, limit int) (Batch, error) {
	for {
		changed := j.signal()
		b, lost := j.marks(f.Client)
		f.After, f.Before = last.UpTo, b.UpTo+1 // what comes now is for the next call
		if b.Lost = lost > last.UpTo; b.Lost || b.UpTo > last.UpTo {
			b.Exchanges = j.All(f)
		}
		if len(b.Exchanges) > 0 || b.Lost || b.Clears != last.Clears {
			return b.first(limit), nil
		}
		last.UpTo = b.UpTo
		select {
		case <-changed:
		case <-ctx.Done():
			return last, context.Cause(ctx)
		}
	}
}

// first returns the batch in order, and of it the first exchanges.
func (b Batch) first(limit int) Batch {
	slices.Reverse(b.Exchanges)
	if len(b.Exchanges) > limit {
		b.Exchanges = b.Exchanges[:limit:limit]
		b.UpTo = b.Exchanges[limit-1].Position
	}
	return b
}

// marks returns where the journal is now, and the position dropped last of those
// that a client, or with "" any caller, has.
func (j *Journal) marks(client string) (now Batch, lost uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, s := range j.shelves {
		if client == "" || client == name {
			lost = max(lost, s.lost)
		}
	}
	return Batch{UpTo: j.position, Clears: j.clears}, lost
}

// Now returns where a stream begins that wants nothing of what was.
func (j *Journal) Now() Batch {
	now, _ := j.marks("")
	return now
}

// Position returns the position of the exchange recorded last.
func (j *Journal) Position() uint64 { return j.Now().UpTo }
