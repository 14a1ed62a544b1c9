package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"knotsandbox/bench/floor"
	"knotsandbox/server"
)

// The documented call through all of the HTTP layer but no network, of a bare echo
// handler and of the sandbox. It is what default.pgo is made of:
// docs/decisions/0023-profile.md.
func BenchmarkInMemory(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		s := http.Server{Handler: floor.New(nil)}
		serveInMemory(b, s.Serve)
	})
	b.Run("sandbox", func(b *testing.B) {
		s, err := server.New(server.Config{Clients: clients()})
		if err != nil {
			b.Fatal(err)
		}
		serveInMemory(b, s.ServeFrom)
	})
}

func serveInMemory(b *testing.B, serve func(net.Listener) error) {
	b.Helper()
	c := &memoryConn{left: b.N, gone: make(chan struct{})}
	c.request = fmt.Appendf(nil, "POST /session/create HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTph\r\n"+
		"Content-Type: application/json\r\nAccept: */*\r\nUser-Agent: bench\r\nContent-Length: %d\r\n\r\n%s", len(documentedBody), documentedBody)
	c.wake.L = &c.mu
	b.ReportAllocs()
	b.ResetTimer()
	if err := serve(&memoryListener{conn: c}); !errors.Is(err, net.ErrClosed) {
		b.Fatal(err)
	}
	if !strings.HasPrefix(c.answer, "HTTP/1.1 200 ") {
		b.Fatalf("the last answer is %q", c.answer)
	}
}

// memoryConn is a connection whose other end sends the same request over and over, as
// soon as the one before is answered.
type memoryConn struct {
	request []byte
	left    int // requests to come
	gone    chan struct{}

	mu      sync.Mutex
	wake    sync.Cond
	isAsked bool // a request waits for its answer
	isPast  bool // the limit of reading has passed
	isOver  bool
	answer  string
}

// Read returns the next request. A single byte is what the HTTP layer asks for to learn
// whether the other end leaves, which it never does.
func (c *memoryConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for (c.isAsked || len(b) == 1) && !c.isPast && !c.isOver {
		c.wake.Wait()
	}
	switch {
	case c.isPast:
		return 0, os.ErrDeadlineExceeded
	case c.isOver || c.left == 0:
		return 0, io.EOF
	}
	c.left--
	c.isAsked = true
	return copy(b, c.request), nil
}

func (c *memoryConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isAsked = false
	if c.left == 0 {
		c.answer = string(b)
	}
	return len(b), nil
}

func (c *memoryConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isOver {
		c.isOver = true
		close(c.gone)
		c.wake.Broadcast()
	}
	return nil
}

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isPast = !t.IsZero() && t.Before(time.Now()); c.isPast {
		c.wake.Broadcast()
	}
	return nil
}

// SetDeadline sets the limit of reading; who writes never waits.
func (c *memoryConn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }
func (c *memoryConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *memoryConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }

// memoryListener hands out one connection, and is closed when that is.
type memoryListener struct {
	conn       *memoryConn
	isAccepted bool
}

func (l *memoryListener) Accept() (net.Conn, error) {
	if l.isAccepted {
		<-l.conn.gone
		return nil, net.ErrClosed
	}
	l.isAccepted = true
	return l.conn, nil
}

func (l *memoryListener) Close() error   { return nil }
func (l *memoryListener) Addr() net.Addr { return &net.TCPAddr{} }
