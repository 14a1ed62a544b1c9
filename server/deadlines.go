package server

import (
	"context"
	"errors"
	"net"
	"os"
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
	cancel context.CancelFunc // nil before start
	kept   sync.WaitGroup

	mu    sync.Mutex
	conns map[*noted]struct{}
}

// lateness is how late a limit may strike.
const lateness = 250 * time.Millisecond

// over returns a listener whose connections have their limits noted.
func (d *deadlines) over(l net.Listener) net.Listener { return notedListener{l, d} }

// start looks for limits that have passed, until stop.
func (d *deadlines) start() {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	d.kept.Go(func() {
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
	})
}

// stop ends what start began, if it did.
func (d *deadlines) stop() {
	if d.cancel != nil {
		d.cancel()
		d.kept.Wait()
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
	now := time.Now()
	n := &noted{
		Conn: c, deadlines: l.deadlines,
		read: limit{set: c.SetReadDeadline, began: now}, write: limit{set: c.SetWriteDeadline, began: now},
	}
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

// CloseWrite ends what is written, as the HTTP layer does before it closes.
func (c *noted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetLinger says how the connection is to be closed, as that of TCP does.
func (c *noted) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(seconds int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}

// Close closes the connection.
func (c *noted) Close() error {
	c.deadlines.mu.Lock()
	delete(c.deadlines.conns, c)
	c.deadlines.mu.Unlock()
	return c.Conn.Close()
}

// Read reads within its limit.
func (c *noted) Read(b []byte) (int, error) { return c.read.within(c.Conn.Read, b) }

// Write writes within its limit.
func (c *noted) Write(b []byte) (int, error) { return c.write.within(c.Conn.Write, b) }

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
	set   func(time.Time) error // of the connection itself
	began time.Time             // when the connection did
	at    atomic.Int64          // in nanoseconds since then, never, passed or struck
	inUse atomic.Int32          // how many read, or write, just now
	mu    sync.Mutex            // held by who calls set
}

const (
	never  = 0
	passed = -1 // who begins to read or write is told so
	struck = -2 // the connection itself tells, also those who have begun
)

// within reads or writes, unless the limit has passed.
func (l *limit) within(do func([]byte) (int, error), b []byte) (int, error) {
	l.inUse.Add(1)
	defer l.inUse.Add(-1)
	if l.at.Load() == passed {
		return 0, os.ErrDeadlineExceeded
	}
	return do(b)
}

// note takes a limit down. One that lies before the connection began has passed: the
// HTTP layer takes the year 1970 to end a read that it has begun for every request, and
// which mostly waits for its turn still.
func (l *limit) note(t time.Time) error {
	next := int64(never)
	if !t.IsZero() {
		if next = int64(t.Sub(l.began)); next <= never {
			next = passed
		}
	}
	last := l.at.Swap(next)
	isFelt := next == passed && l.inUse.Load() > 0 && l.at.CompareAndSwap(passed, struck)
	if isFelt || last == struck {
		return l.apply()
	}
	return nil
}

// strike makes a limit that has passed felt, unless it is lifted in this very moment.
func (l *limit) strike(now time.Time) {
	if at := l.at.Load(); at > never && at < int64(now.Sub(l.began)) && l.at.CompareAndSwap(at, struck) {
		_ = l.apply() // it may just be closed
	}
}

// apply makes the connection do what is noted. Who makes a limit struck, or no longer
// so, calls it afterwards, so that the last of them sees how it is.
func (l *limit) apply() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at.Load() == struck {
		return l.set(l.began)
	}
	return l.set(time.Time{})
}
