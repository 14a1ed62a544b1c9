package server

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// deadlines keep the time limits of connections. The HTTP layer sets four or five of
// them for every request, each to be lifted microseconds later. As timers of the
// runtime they are a good part of what a request costs; here they are only noted, and
// somebody looks for those that have passed, a few times a second. A limit may strike
// late by that, never early. The zero value is ready.
type deadlines struct {
	mu    sync.Mutex
	conns map[*noted]struct{}
}

// lateness is how late a limit may strike.
const lateness = 250 * time.Millisecond

// over returns a listener whose connections have their limits noted.
func (d *deadlines) over(l net.Listener) net.Listener { return notedListener{l, d} }

// keep looks for limits that have passed, until ctx ends.
func (d *deadlines) keep(ctx context.Context) {
	ticker := time.NewTicker(lateness)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			d.strike(now)
		case <-ctx.Done():
			return
		}
	}
}

func (d *deadlines) strike(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		c.read.strike(now)
		c.write.strike(now)
	}
}

// notedListener is a listener whose connections have their limits noted.
type notedListener struct {
	net.Listener
	deadlines *deadlines
}

// Accept waits for the next connection.
func (l notedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := &noted{Conn: c, deadlines: l.deadlines, read: limit{set: c.SetReadDeadline}, write: limit{set: c.SetWriteDeadline}}
	l.deadlines.mu.Lock()
	defer l.deadlines.mu.Unlock()
	if l.deadlines.conns == nil {
		l.deadlines.conns = map[*noted]struct{}{}
	}
	l.deadlines.conns[n] = struct{}{}
	return n, nil
}

// noted is a connection whose limits are noted.
type noted struct {
	net.Conn
	deadlines   *deadlines
	read, write limit
}

// NetConn returns the connection itself, as that of crypto/tls does.
func (c *noted) NetConn() net.Conn { return c.Conn }

// Close closes the connection.
func (c *noted) Close() error {
	c.deadlines.mu.Lock()
	delete(c.deadlines.conns, c)
	c.deadlines.mu.Unlock()
	return c.Conn.Close()
}

// SetDeadline notes both limits.
func (c *noted) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline notes the limit of reading.
func (c *noted) SetReadDeadline(t time.Time) error { return c.read.note(t) }

// SetWriteDeadline notes the limit of writing.
func (c *noted) SetWriteDeadline(t time.Time) error { return c.write.note(t) }

// limit is a point in time after which reading or writing fails.
type limit struct {
	set func(time.Time) error // of the connection itself
	at  atomic.Int64          // in nanoseconds since 1970, never, or struck
}

const (
	never  = 0
	struck = -1 // the connection itself has a limit that has passed
)

// longAgo is in front of every limit but those that are to strike at once, for which
// the HTTP layer takes the year 1970; in seconds since then.
const longAgo = 1 << 30

func (l *limit) note(t time.Time) error {
	next := int64(never)
	if !t.IsZero() {
		if t.Unix() < longAgo {
			l.at.Store(struck)
			return l.set(t)
		}
		next = t.UnixNano()
	}
	if l.at.Swap(next) == struck {
		return l.set(time.Time{})
	}
	return nil
}

// strike makes a limit that has passed felt. If it is lifted in this very moment, it
// has passed all the same.
func (l *limit) strike(now time.Time) {
	if at := l.at.Load(); at > never && at < now.UnixNano() && l.at.CompareAndSwap(at, struck) {
		_ = l.set(time.Unix(1, 0)) // it may just be closed
	}
}
