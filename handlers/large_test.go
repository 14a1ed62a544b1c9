package handlers_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"knotsandbox/handlers"
)

// Large bodies that are not answered yet are few, however many come; small ones do not
// wait for them.
func TestLargeBodiesAreFew(t *testing.T) {
	t.Parallel()
	const callers, most = 64, 16
	var inside, highest atomic.Int64
	gate := make(chan struct{})
	s := newServer(t, func(c *handlers.Config) {
		c.Around = func(w http.ResponseWriter, c *handlers.Call) {
			if c.Request.ContentLength > 16<<10 {
				highest.Store(max(highest.Load(), inside.Add(1)))
				<-gate
				inside.Add(-1)
			}
			c.Work(w)
		}
	})
	large := fmt.Sprintf(`{"type":"link","external_user_id":"u","x":%q}`, strings.Repeat("x", 20<<10))
	var wg sync.WaitGroup
	for range callers {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\n"+
			"Connection: close\r\nContent-Length: %d\r\n\r\n%s", basic("sandbox", "sandbox"), len(large), large); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
				t.Errorf("a large body gets %.40q, %v; want 200", answer, err)
			}
		})
	}
	for range callers {
		if res, body := send(t, newRequest(t, s.URL+"/session/create", session)); res.StatusCode != 200 {
			t.Errorf("a small body gets %d %s meanwhile", res.StatusCode, body)
		}
	}
	close(gate)
	wg.Wait()
	if got := highest.Load(); got < 1 || got > most {
		t.Errorf("%d large bodies were held at once, want at most %d", got, most)
	}
}
