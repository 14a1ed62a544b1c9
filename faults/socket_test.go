package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"knotsandbox/faults"
)

// patience is how long a test waits for what must happen. It is never waited out
// unless something is broken.
const patience = 20 * time.Second

// session is the answer of the API when nothing fails.
func session() faults.Answer {
	return faults.Answer{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   []byte(`{"session":"915efe72-5136-4652-891d-d9d48003c102"}`),
	}
}

// outcome is the answer of the catalogue to the names the tests use.
func outcome(name string) faults.Answer {
	status, body := http.StatusForbidden, `{"error_code":"NO_ACCESS"}`
	if name == faults.RateLimited {
		status, body = http.StatusTooManyRequests, `{"message":"Too Many Attempts."}`
	}
	return faults.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
}

// proto is what a bench speaks.
type proto int

const (
	http1 proto = iota
	https1
	http2
)

func (p proto) String() string { return [...]string{"http1", "https1", "http2"}[p] }

// bench is a real server on a port of its own whose one handler meets one effect.
type bench struct {
	*httptest.Server
	stop    context.CancelFunc // ends the context of every request, as a stopping server does
	entered chan struct{}      // a request is about to meet the effect
	worked  chan struct{}      // the real work was done
	ended   chan error         // how the effect ended; nil for a panic with ErrAbortHandler
}

func newBench(t *testing.T, effect string, p proto) *bench {
	t.Helper()
	decision, _ := armed(t, effect).Decide(epoch(), 1, faults.Request{})
	ctx, stop := context.WithCancel(t.Context())
	b := &bench{
		stop: stop, entered: make(chan struct{}, 9), worked: make(chan struct{}, 9), ended: make(chan error, 9),
	}
	b.Server = httptest.NewUnstartedServer(b.handler(decision.Effect))
	b.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	b.EnableHTTP2 = p == http2
	if p == http1 {
		b.Start()
	} else {
		b.StartTLS()
	}
	t.Cleanup(b.Close)
	t.Cleanup(stop)
	return b
}

func (b *bench) handler(effect faults.Effect) http.Handler {
	work := func() faults.Answer {
		b.worked <- struct{}{}
		return session()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/well" {
			return
		}
		var err error
		defer func() {
			abort := recover()
			b.ended <- err
			if abort != nil {
				panic(abort)
			}
		}()
		w.Header()["X-Sandbox-Fault"] = []string{"f1"}
		b.entered <- struct{}{}
		err = meet(w, r, effect, work)
	})
}

// meet is what a middleware does with an effect.
func meet(w http.ResponseWriter, r *http.Request, effect faults.Effect, work func() faults.Answer) error {
	if !effect.AfterWork {
		if err := effect.Wait(w, r); err != nil {
			return err
		}
	}
	var answer faults.Answer
	if effect.WorksFirst() {
		answer = work()
	}
	if effect.AfterWork {
		if err := effect.Wait(w, r); err != nil {
			return err
		}
	}
	if effect.Kind == faults.Outcome {
		answer = outcome(effect.Name)
	}
	return effect.Deliver(w, r, answer, epoch())
}

// end waits for the effect's end.
func (b *bench) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-b.ended:
		return err
	case <-time.After(patience):
		t.Fatal("the effect does not end")
		return nil
	}
}

// didWork reports whether the handler did the real work.
func (b *bench) didWork() bool {
	select {
	case <-b.worked:
		return true
	default:
		return false
	}
}

// dial opens a raw connection, with TLS where the bench has it.
func (b *bench) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", b.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if b.TLS != nil {
		config := b.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		config.NextProtos = []string{"http/1.1"}
		config.ServerName = "example.com"
		conn = tls.Client(conn, config)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// ask sends a request whose connection is to stay open.
func ask(t *testing.T, conn net.Conn) {
	t.Helper()
	const text = "POST /session/create HTTP/1.1\r\nHost: knot\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// readAnswer reads one well-formed answer off the raw connection and returns its
// bytes before the parser saw them.
func readAnswer(t *testing.T, conn net.Conn) (response *http.Response, body []byte, raw string) {
	t.Helper()
	var seen bytes.Buffer
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &seen)), &http.Request{Method: http.MethodPost})
	if err != nil {
		t.Fatalf("read %q: %v", seen.String(), err)
	}
	body, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read %q: %v", seen.String(), err)
	}
	return response, body, seen.String()
}
