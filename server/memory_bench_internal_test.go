package server

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
	"knotsandbox/knot"
)

// The documented call through all of the HTTP layer but no network, of a bare echo
// handler and of the sandbox. It is what default.pgo is made of:
// docs/decisions/0023-profile.md.
func BenchmarkInMemory(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		serveInMemory(b, &http.Server{Handler: floor.New(nil)}, func(l net.Listener) net.Listener { return l })
	})
	b.Run("sandbox", func(b *testing.B) {
		s, err := New(Config{Clients: []knot.Client{{ID: "a", SecretSHA256: knot.DigestOf("a"), Products: knot.AllProducts()}}})
		if err != nil {
			b.Fatal(err)
		}
		serveInMemory(b, s.emulated.server, s.limits.over)
	})
}

func serveInMemory(b *testing.B, s *http.Server, over func(net.Listener) net.Listener) {
	b.Helper()
	const body = `{"type":"card_switcher","external_user_id":"123abc","card_id":"81n9al10a0ayn13","phone_number":"+11234567890",` +
		`"email":"ada.lovelace@gmail.com","card":{"blocked":false,"has_funds":true},"processor_token":"processor-production-0asd1-a92nc"}`
	c := &memoryConn{left: b.N, gone: make(chan struct{})}
	c.request = fmt.Appendf(nil, "POST /session/create HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTph\r\n"+
		"Content-Type: application/json\r\nAccept: */*\r\nUser-Agent: bench\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	c.wake.L = &c.mu
	l := memoryListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.conns <- c
	go func() {
		<-c.gone
		_ = s.Close()
	}()
	b.ReportAllocs()
	b.ResetTimer()
	if err := s.Serve(over(l)); !errors.Is(err, http.ErrServerClosed) {
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

// memoryListener hands out the connections that it is given.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l memoryListener) Close() error {
	close(l.closed)
	return nil
}

func (l memoryListener) Addr() net.Addr { return &net.TCPAddr{} }
