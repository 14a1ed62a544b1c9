package faults_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"knotsandbox/faults"
)

// These tests run on synctest's clock: hours pass at once, and exactly.

func TestWaitTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		effect := faults.Effect{Delay: 137 * time.Millisecond}
		if err := effect.Wait(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil)); err != nil {
			t.Errorf("Wait = %v", err)
		}
		if got := time.Since(start); got != effect.Delay {
			t.Errorf("Wait took %s, want %s", got, effect.Delay)
		}
	})
}

func TestWaitTellsWhyItEndedEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("the server stops")
		ctx, stop := context.WithCancelCause(t.Context())
		start := time.Now()
		time.AfterFunc(time.Second, func() { stop(reason) })
		effect := faults.Effect{Delay: time.Hour}
		err := effect.Wait(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil).WithContext(ctx))
		if got := time.Since(start); !errors.Is(err, reason) || got != time.Second {
			t.Errorf("Wait = %v after %s, want %v after 1s", err, got, reason)
		}
	})
}

func TestHangIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		defer func() {
			if abort, _ := recover().(error); !errors.Is(abort, http.ErrAbortHandler) || time.Since(start) != time.Hour {
				t.Errorf("hang ends with %v after %s, want ErrAbortHandler after 1h", abort, time.Since(start))
			}
		}()
		effect := faults.Effect{Kind: faults.Hang}
		_ = effect.Deliver(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil), faults.Answer{}, epoch())
	})
}

// clockedWriter notes when each piece was flushed.
type clockedWriter struct {
	http.ResponseWriter
	start  time.Time
	pieces []string
	times  []time.Duration
	unsent string
}

func (w *clockedWriter) Write(p []byte) (int, error) {
	w.unsent += string(p)
	return len(p), nil
}

func (w *clockedWriter) Flush() {
	w.pieces, w.times, w.unsent = append(w.pieces, w.unsent), append(w.times, time.Since(w.start)), ""
}

func TestDripIsEven(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body   string
		pieces int
	}{{"abcde", 6}, {strings.Repeat("x", 1050), 101}} {
		synctest.Test(t, func(t *testing.T) {
			w := &clockedWriter{ResponseWriter: httptest.NewRecorder(), start: time.Now()}
			effect := faults.Effect{Kind: faults.Drip, Spread: 5 * time.Second}
			answer := faults.Answer{Status: http.StatusOK, Body: []byte(c.body)}
			if err := effect.Deliver(w, httptest.NewRequest("POST", "/", nil), answer, epoch()); err != nil {
				t.Fatal(err)
			}
			if len(w.pieces) != c.pieces || w.pieces[0] != "" || w.times[0] != 0 || strings.Join(w.pieces, "") != c.body {
				t.Errorf("drip of %d bytes came as %q, want an empty head at once and %d pieces", len(c.body), w.pieces, c.pieces-1)
			}
			for i, at := range w.times {
				if want := effect.Spread * time.Duration(i) / time.Duration(c.pieces-1); at != want {
					t.Errorf("piece %d came at %s, want %s", i, at, want)
				}
			}
		})
	}
}

func TestDripOfNothingWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, w := time.Now(), httptest.NewRecorder()
		effect := faults.Effect{Kind: faults.Drip, Spread: 5 * time.Second}
		err := effect.Deliver(w, httptest.NewRequest("POST", "/", nil), faults.Answer{Status: http.StatusNoContent}, epoch())
		if got := time.Since(start); err != nil || got != effect.Spread || w.Code != http.StatusNoContent {
			t.Errorf("drip of nothing = %d, %v after %s, want 204 after 5s", w.Code, err, got)
		}
	})
}

// A write timeout would cut the answer; neither it nor a read timeout may end what is
// slow on purpose.
func TestSlowEffectsOutliveTheServersTimeouts(t *testing.T) {
	t.Parallel()
	for _, effect := range []faults.Effect{
		{Delay: time.Minute}, {Delay: time.Minute, AfterWork: true}, {Kind: faults.Drip, Spread: time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := &http.Server{ReadTimeout: time.Second, WriteTimeout: time.Second}
			server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if err := meet(w, r, effect, session); err != nil {
					t.Errorf("%q: %v", effect, err)
				}
			})
			client := servePipe(t, server)
			ask(t, client)
			if _, body, _ := readAnswer(t, client); string(body) != string(session().Body) {
				t.Errorf("%q answers %q", effect, body)
			}
		})
	}
}

// A connection that knows no reset is closed, and Deliver says so.
func TestResetOfWhatCannotBeReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			ended <- faults.Effect{Kind: faults.Reset}.Deliver(w, r, faults.Answer{}, epoch())
		})}
		client := servePipe(t, server)
		ask(t, client)
		if got, err := io.ReadAll(client); err != nil || len(got) != 0 {
			t.Errorf("peer reads %q, %v, want nothing and an end", got, err)
		}
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "it can only be closed") {
			t.Errorf("Deliver = %v, want an error that says so", err)
		}
	})
}

// servePipe serves one connection that synctest's clock governs and returns its
// other end.
func servePipe(t *testing.T, server *http.Server) net.Conn {
	t.Helper()
	client, remote := net.Pipe()
	listener := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	listener.conns <- remote
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	return client
}

// pipeListener hands out connections that synctest's clock governs.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
