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

// Next waits for an exchange of those meant behind f.After and returns what
// there is then, the oldest first, up to limit, with the position up to which
// everything was looked at: the next f.After. lost says that some of it may have
// been dropped before it was asked for. The error is the context's.
func (j *Journal) Next(ctx context.Context, f Filter, limit int) (list []Exchange, upTo uint64, lost bool, err error) {
	for {
		changed := j.signal()
		last, lastLost := j.marks(f.Client)
		if lost = lastLost > f.After; lost || last > f.After {
			f.Before = last + 1 // what comes now is for the next call
			list = j.All(f)
		}
		if lost || len(list) > 0 {
			slices.Reverse(list)
			if len(list) > limit {
				list = list[:limit:limit]
				last = list[limit-1].Position
			}
			return list, max(last, f.After), lost, nil
		}
		f.After = max(f.After, last)
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, f.After, false, context.Cause(ctx)
		}
	}
}

// marks returns the position recorded last, and that dropped last of those that
// a client, or with "" any caller, has.
func (j *Journal) marks(client string) (recorded, lost uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, s := range j.shelves {
		if client == "" || client == name {
			lost = max(lost, s.lost)
		}
	}
	return j.position, lost
}

// Position returns the position of the exchange recorded last.
func (j *Journal) Position() uint64 {
	position, _ := j.marks("")
	return position
}
