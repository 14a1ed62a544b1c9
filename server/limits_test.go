package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"knotsandbox/journal"
	"knotsandbox/knot"
	"knotsandbox/server"
	"knotsandbox/server/servertest"
)

// patience is how long a test waits for what takes the limits of a test.
const patience = 30 * time.Second

// The limits of the tests here: short, or out of the way.
const (
	short = 300 * time.Millisecond
	long  = time.Hour
)

// limited runs a sandbox with time limits of the test's own, until it ends.
func limited(t *testing.T, readHeader, read, write, idle time.Duration) *server.Server {
	t.Helper()
	return servertest.Start(t, server.Config{Clients: clients()}, func(s *server.Server) {
		s.SetTimeLimits(readHeader, read, write, idle)
	})
}

// connect opens a connection, writes to it, and gives up after patience.
func connect(t *testing.T, s *server.Server, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// Who does not go on is let go, with what the API says of a body that breaks off, or
// without a word where there is no request yet.
func TestSlowRequests(t *testing.T) {
	t.Parallel()
	const head = "POST /session/create HTTP/1.1\r\nHost: x\r\n"
	for _, c := range []struct {
		name, text             string
		readHeader, read, idle time.Duration
		want                   string // that the answer begins with
	}{
		{"nothing", "", short, long, long, ""},
		{"piece of a head", head + "X-Slow: ", short, long, long, ""},
		{"piece of a body", head + "Content-Length: 10\r\n\r\n{", long, short, long, "HTTP/1.1 400 Bad Request\r\n"},
		{"piece of a chunk", head + "Transfer-Encoding: chunked\r\n\r\n5\r\na", long, short, long, "HTTP/1.1 400 Bad Request\r\n"},
		{"no second request", head + "Content-Length: 0\r\n\r\n", long, long, short, "HTTP/1.1 401 Unauthorized\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := limited(t, c.readHeader, c.read, long, c.idle)
			got, err := io.ReadAll(connect(t, s, c.text))
			if err != nil || !strings.HasPrefix(string(got), c.want) || c.want == "" && len(got) > 0 {
				t.Errorf("%q, %v, want %q and the end", got, err, c.want)
			}
		})
	}
}

// Who sends and sends and does not read is let go, too.
func TestReaderThatDoesNotRead(t *testing.T) {
	t.Parallel()
	s := limited(t, long, long, short, long)
	path := "/" + strings.Repeat("x", 64<<10)
	conn := connect(t, s, "")
	var err error
	for err == nil {
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n", path)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v later the connection is still open", patience)
	}
}

// What is slow on purpose is answered whole, however long it takes.
func TestSlowOnPurpose(t *testing.T) {
	t.Parallel()
	const pause = 3 * short
	s := limited(t, long, long, short, long)
	for _, fault := range []string{"delay=", "drip="} {
		a := mustPost(t, s, "a", session, "X-Sandbox-Fault", fault+pause.String())
		if a.status != 200 || len(a.body) != 50 {
			t.Errorf("%s: %d %s, want 200 with a session", fault, a.status, a.body)
		}
	}
	r, err := http.NewRequest(http.MethodGet, s.URL()+"/__sandbox/requests/wait?count=10&timeout="+pause.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := send(r); err != nil || a.status != http.StatusConflict || !strings.HasSuffix(a.body, "}\n") {
		t.Errorf("wait: %d %s, %v, want 409 with the reason", a.status, a.body, err)
	}
	outcomes := map[string]int{}
	for _, e := range s.Journal().All(journal.Filter{}) {
		outcomes[e.Outcome]++
	}
	if outcomes[knot.Created] != 2 {
		t.Errorf("outcomes %v, want two of %s", outcomes, knot.Created)
	}
}
