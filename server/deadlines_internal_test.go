package server

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// pair returns the noted end of a connection, and its other end.
func pair(t *testing.T, d *deadlines) (noted, other net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if other, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if noted, err = d.over(l).Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = noted.Close(), other.Close() })
	return noted, other
}

func readByte(c net.Conn) error {
	_, err := c.Read(make([]byte, 1))
	return err
}

// A limit strikes once it has passed and somebody looks, for who is already waiting, and
// no more once it is lifted or moved.
func TestLimitsStrike(t *testing.T) {
	t.Parallel()
	var d deadlines
	c, other := pair(t, &d)
	now := time.Now()
	limit := now.Add(time.Hour)
	if err := c.SetReadDeadline(limit); err != nil {
		t.Fatal(err)
	}
	d.strike(limit) // not yet passed
	if _, err := other.Write([]byte("ab")); err != nil {
		t.Fatal(err)
	}
	if err := readByte(c); err != nil {
		t.Fatalf("read before the limit: %v", err)
	}
	if err := readByte(c); err != nil {
		t.Fatalf("read before the limit: %v", err)
	}
	waiting := make(chan error)
	go func() { waiting <- readByte(c) }()
	d.strike(limit.Add(1))
	if err := <-waiting; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read after the limit: %v, want that it is exceeded", err)
	}
	for name, next := range map[string]time.Time{"lifted": {}, "moved": limit.Add(time.Hour)} {
		if err := c.SetReadDeadline(next); err != nil {
			t.Fatal(err)
		}
		d.strike(limit.Add(time.Minute))
		if _, err := other.Write([]byte("c")); err != nil {
			t.Fatal(err)
		}
		if err := readByte(c); err != nil {
			t.Errorf("read after the limit was %s: %v", name, err)
		}
	}
}

// What is to strike at once does, as the HTTP layer wants it to end a read.
func TestLimitsStrikeAtOnce(t *testing.T) {
	t.Parallel()
	var d deadlines
	c, other := pair(t, &d)
	if err := c.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := readByte(c); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read: %v, want that the limit is exceeded", err)
	}
	if _, err := c.Write([]byte("a")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write: %v, want that the limit is exceeded", err)
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("a")); err != nil {
		t.Errorf("write without a limit: %v", err)
	}
	if err := readByte(other); err != nil {
		t.Error(err)
	}
}

// A limit that lies in the past ends a read that has begun, too, and no other once it is
// lifted.
func TestLimitsEndWhatHasBegun(t *testing.T) {
	t.Parallel()
	var d deadlines
	c, other := pair(t, &d)
	waiting := make(chan error)
	go func() { waiting <- readByte(c) }()
	for c.(*noted).read.inUse.Load() == 0 {
		runtime.Gosched()
	}
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read that had begun: %v, want that the limit is exceeded", err)
	}
	wantReadable(t, c, other)
}

// A limit that strikes in the very moment in which it is lifted, and another passes, does
// not undo what was noted last.
func TestLimitsStrikeWhileTheyMove(t *testing.T) {
	t.Parallel()
	began := time.Now()
	entered, leave := make(chan bool, 1), make(chan bool)
	var last time.Time
	l := limit{began: began, set: func(t time.Time) error {
		select {
		case entered <- true: // the first holds up those who come later
			<-leave
		default:
		}
		last = t
		return nil
	}}
	l.inUse.Add(1) // somebody reads
	var all sync.WaitGroup
	concurrently := func(do func(), at int64) {
		all.Go(do)
		for l.at.Load() != at {
			runtime.Gosched()
		}
	}
	_ = l.note(began.Add(time.Second))
	concurrently(func() { l.strike(began.Add(time.Minute)) }, struck)
	<-entered
	concurrently(func() { _ = l.note(time.Time{}) }, never)
	concurrently(func() { _ = l.note(time.Unix(1, 0)) }, struck)
	close(leave)
	all.Wait()
	if !last.Equal(began) {
		t.Errorf("the connection has the limit %v, want one in the past", last)
	}
	if err := l.note(time.Time{}); err != nil || !last.IsZero() {
		t.Errorf("the connection has the limit %v after it was lifted, want none", last)
	}
}

// Of what passes while nobody reads, and is lifted before somebody does, the connection
// learns nothing.
func TestLimitsAreMostlyOnlyNoted(t *testing.T) {
	t.Parallel()
	calls := 0
	l := limit{began: time.Now(), set: func(time.Time) error { calls++; return nil }}
	read := func([]byte) (int, error) { return 0, nil }
	_, _ = l.within(read, nil)
	_ = l.note(time.Unix(1, 0))
	if _, err := l.within(read, nil); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read after the limit: %v, want that it is exceeded", err)
	}
	_ = l.note(time.Time{})
	if _, err := l.within(read, nil); err != nil || calls != 0 {
		t.Errorf("read: %v, the connection was asked %d times; want no error, and never", err, calls)
	}
}

// wantReadable lifts the limit of a connection and reads what its other end writes.
func wantReadable(t *testing.T, c, other net.Conn) {
	t.Helper()
	_, err := other.Write([]byte("a"))
	if err := errors.Join(err, c.SetReadDeadline(time.Time{}), readByte(c)); err != nil {
		t.Errorf("read after the limit is lifted: %v", err)
	}
}

// A connection that is closed is not looked at any more.
func TestLimitsForgetWhoLeft(t *testing.T) {
	t.Parallel()
	var d deadlines
	c, _ := pair(t, &d)
	if len(d.conns) != 1 {
		t.Errorf("%d connections are known, want 1", len(d.conns))
	}
	if err := c.(interface{ SetLinger(int) error }).SetLinger(0); err != nil { // as the fault reset does
		t.Error(err)
	}
	c.Close()
	if len(d.conns) != 0 {
		t.Errorf("%d connections are known after it closed, want none", len(d.conns))
	}
}
