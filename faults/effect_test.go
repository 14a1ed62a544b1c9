package faults_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"knotsandbox/faults"
)

// overHTTP1 runs a test on the raw socket, in the clear and through TLS.
func overHTTP1(t *testing.T, effect string, test func(*testing.T, *bench)) {
	t.Helper()
	for _, p := range []proto{http1, https1} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			test(t, newBench(t, effect, p))
		})
	}
}

func TestOutcomeIsByteExact(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "NoAccess", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		response, body, _ := readAnswer(t, conn)
		want := outcome("NoAccess")
		if response.StatusCode != want.Status || string(body) != string(want.Body) ||
			response.Header.Get("Content-Type") != "application/json" || response.ContentLength != int64(len(want.Body)) {
			t.Errorf("NoAccess = %v, %s", response, body)
		}
		if got := response.Header.Get("X-Sandbox-Fault"); got != "f1" {
			t.Errorf("X-Sandbox-Fault = %q, want f1", got)
		}
		if err := b.end(t); err != nil || b.didWork() {
			t.Errorf("Deliver = %v; work done although the outcome takes its place: %t", err, b.didWork())
		}
		ask(t, conn) // the connection is still good
		readAnswer(t, conn)
	})
}

func TestRateLimitedHasItsHeaders(t *testing.T) {
	t.Parallel()
	for effect, wait := range map[string]int64{"RateLimited": 1, "RateLimited retry-after=90s": 90} {
		overHTTP1(t, effect, func(t *testing.T, b *bench) {
			conn := b.dial(t)
			ask(t, conn)
			response, body, raw := readAnswer(t, conn)
			if response.StatusCode != http.StatusTooManyRequests || string(body) != `{"message":"Too Many Attempts."}` {
				t.Errorf("%s = %v, %s", effect, response, body)
			}
			for _, want := range []string{
				fmt.Sprintf("\r\nRetry-After: %d\r\n", wait), "\r\nX-RateLimit-Limit: 60\r\n", "\r\nX-RateLimit-Remaining: 0\r\n",
				fmt.Sprintf("\r\nX-RateLimit-Reset: %d\r\n", epoch().Unix()+wait),
			} {
				if strings.Count(raw, want) != 1 {
					t.Errorf("%s = %q, want %q in it once", effect, raw, want)
				}
			}
		})
	}
}

func TestRateLimitedKeepsTheLimitItIsGiven(t *testing.T) {
	t.Parallel()
	answer := outcome(faults.RateLimited)
	answer.Header.Set("X-RateLimit-Limit", "7")
	answer.Header.Set("X-RateLimit-Remaining", "3")
	w := httptest.NewRecorder()
	effect := faults.Effect{Kind: faults.Outcome, Name: faults.RateLimited}
	if err := effect.Deliver(w, httptest.NewRequest("POST", "/", nil), answer, epoch()); err != nil {
		t.Fatal(err)
	}
	got := w.Result().Header
	//nolint:staticcheck // the names are spelt as the vendor spells them, on purpose
	if len(got["X-RateLimit-Limit"]) != 1 || got["X-RateLimit-Limit"][0] != "7" || got["X-Ratelimit-Limit"] != nil ||
		got["X-RateLimit-Remaining"][0] != "0" || got["X-Ratelimit-Remaining"] != nil {
		t.Errorf("headers = %v, want the limit 7, none remaining, each once", got)
	}
	if answer.Header.Get("X-RateLimit-Remaining") != "3" {
		t.Errorf("Deliver wrote to the answer it was given: %v", answer.Header)
	}
}

func TestGatewayAnswersInHTML(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		effect     string
		status     int
		title      string
		retryAfter string
	}{
		{"BadGateway", 502, "502 Bad Gateway", ""},
		{"ServiceUnavailable", 503, "503 Service Temporarily Unavailable", ""},
		{"ServiceUnavailable retry-after=2m", 503, "503 Service Temporarily Unavailable", "120"},
		{"GatewayTimeout", 504, "504 Gateway Time-out", ""},
	} {
		overHTTP1(t, c.effect, func(t *testing.T, b *bench) {
			conn := b.dial(t)
			ask(t, conn)
			response, body, _ := readAnswer(t, conn)
			if response.StatusCode != c.status || response.Header.Get("Content-Type") != "text/html" ||
				response.Header.Get("Retry-After") != c.retryAfter ||
				!strings.HasPrefix(string(body), "<html>\r\n<head><title>"+c.title+"</title></head>") {
				t.Errorf("%s = %v, %s", c.effect, response, body)
			}
		})
	}
}

func TestResetIsATCPReset(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "reset", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		got, err := io.ReadAll(conn)
		if !errors.Is(err, syscall.ECONNRESET) || len(got) != 0 {
			t.Errorf("peer of reset reads %q, %v, want ECONNRESET", got, err)
		}
		if err := b.end(t); err != nil {
			t.Errorf("Deliver = %v", err)
		}
	})
}

func TestCloseIsCleanAndSilent(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "close", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		if got, err := io.ReadAll(conn); err != nil || len(got) != 0 {
			t.Errorf("peer of close reads %q, %v, want nothing and a clean end", got, err)
		}
		if err := b.end(t); err != nil {
			t.Errorf("Deliver = %v", err)
		}
	})
}

func TestTruncatePromisesAllAndSendsPart(t *testing.T) {
	t.Parallel()
	whole := string(session().Body)
	for effect, want := range map[string]string{
		"truncate=20": whole[:20], "truncate=0": "", "truncate=1000": whole[:len(whole)-1],
	} {
		overHTTP1(t, effect, func(t *testing.T, b *bench) {
			conn := b.dial(t)
			ask(t, conn)
			all, err := io.ReadAll(conn)
			if err != nil {
				t.Fatalf("read: %v, want a clean end", err)
			}
			head, body, _ := strings.Cut(string(all), "\r\n\r\n")
			if !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || !strings.Contains(head, fmt.Sprintf("\r\nContent-Length: %d", len(whole))) {
				t.Errorf("%s has head %q, want 200 and Content-Length: %d", effect, head, len(whole))
			}
			if body != want {
				t.Errorf("%s sends %q, want %q", effect, body, want)
			}
			if err := b.end(t); err != nil || !b.didWork() {
				t.Errorf("Deliver = %v, want the work done", err)
			}
		})
	}
}

func TestTruncateCutsAnEmptyAnswerToo(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	effect := faults.Effect{Kind: faults.Truncate, Size: 20}
	err := effect.Deliver(w, httptest.NewRequest("POST", "/", nil), faults.Answer{Status: 200}, epoch())
	if got := w.Header().Get("Content-Length"); err != nil || got != "1" || w.Body.Len() != 0 {
		t.Errorf("truncated nothing: Content-Length %s, body %q, %v, want 1 promised and none sent", got, w.Body, err)
	}
}

func TestMalformedIsHTTPButNotJSON(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "malformed", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		response, body, _ := readAnswer(t, conn)
		if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/json" ||
			json.Valid(body) || !strings.HasPrefix(string(body), `{"session":"`) {
			t.Errorf("malformed = %v, %q, want 200 and a session cut off", response, body)
		}
	})
}

func TestEmptyHasNoBody(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "empty", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		response, body, raw := readAnswer(t, conn)
		if response.StatusCode != 200 || len(body) != 0 || !strings.Contains(raw, "\r\nContent-Length: 0\r\n") {
			t.Errorf("empty = %q, want 200 and Content-Length: 0", raw)
		}
	})
}

func TestGarbageIsNotHTTP(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "garbage", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		got, err := io.ReadAll(conn)
		if err != nil || len(got) == 0 || strings.Contains(string(got), "HTTP") {
			t.Errorf("garbage = %q, %v, want bytes and a clean end", got, err)
		}
		if _, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(got))), nil); err == nil {
			t.Errorf("garbage %q reads as an answer", got)
		}
	})
}

func TestDripSendsItAllInPieces(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "drip=50ms", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		response, body, _ := readAnswer(t, conn)
		if want := session().Body; string(body) != string(want) || response.ContentLength != int64(len(want)) {
			t.Errorf("drip = %v, %q, want the whole %q", response, body, want)
		}
		if err := b.end(t); err != nil || !b.didWork() {
			t.Errorf("Deliver = %v, want the work done", err)
		}
	})
}

func TestDripSendsTheHeadAtOnceAndEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "drip=1h", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || line != "HTTP/1.1 200 OK\r\n" {
			t.Fatalf("first line = %q, %v", line, err)
		}
		_ = conn.Close()
		if err := b.end(t); err == nil {
			t.Error("Deliver = nil after the caller has gone, want an error")
		}
	})
}

func TestHangEndsWhenTheCallerGivesUp(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "hang", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		<-b.entered
		_ = conn.Close()
		_ = b.end(t)
	})
}

func TestHangEndsWhenTheServerStops(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "hang", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		<-b.entered
		b.stop()
		if got, err := io.ReadAll(conn); err != nil || len(got) != 0 {
			t.Errorf("peer of hang reads %q, %v, want nothing and a clean end", got, err)
		}
		if err := b.end(t); err != nil {
			t.Errorf("Deliver = %v", err)
		}
	})
}

func TestDelayIsReleasedEarly(t *testing.T) {
	t.Parallel()
	for _, effect := range []string{"delay=1h", "delay=1h phase=after", "delay=1h NoAccess"} {
		overHTTP1(t, effect, func(t *testing.T, b *bench) {
			conn := b.dial(t)
			ask(t, conn)
			<-b.entered
			_ = conn.Close()
			if err := b.end(t); err == nil {
				t.Errorf("%s: Wait = nil when the caller goes, want an error", effect)
			}
		})
		overHTTP1(t, effect, func(t *testing.T, b *bench) {
			ask(t, b.dial(t))
			<-b.entered
			b.stop()
			if err := b.end(t); err == nil {
				t.Errorf("%s: Wait = nil when the server stops, want an error", effect)
			}
		})
	}
}

func TestDelayGoesOnAsUsual(t *testing.T) {
	t.Parallel()
	overHTTP1(t, "delay=5ms", func(t *testing.T, b *bench) {
		conn := b.dial(t)
		ask(t, conn)
		if _, body, _ := readAnswer(t, conn); string(body) != string(session().Body) {
			t.Errorf("delay=5ms answers %q, want the real answer", body)
		}
	})
}

func TestAfterDoesTheWorkFirst(t *testing.T) {
	t.Parallel()
	for _, effect := range []string{
		"NoAccess", "BadGateway", "reset", "close", "malformed", "empty", "garbage", "delay=1ms NoAccess", "delay=1ms",
	} {
		overHTTP1(t, effect+" phase=after", func(t *testing.T, b *bench) {
			conn := b.dial(t)
			ask(t, conn)
			_ = b.end(t)
			if !b.didWork() {
				t.Errorf("%s phase=after left the work undone", effect)
			}
		})
	}
}

func TestDeliverWantsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, effect := range []faults.Effect{
		{}, {Kind: faults.Outcome, Name: "NoAccess"}, {Kind: faults.Truncate}, {Kind: faults.Drip, Spread: time.Hour},
	} {
		w := httptest.NewRecorder()
		err := effect.Deliver(w, httptest.NewRequest("POST", "/", nil), faults.Answer{}, epoch())
		if !errors.Is(err, faults.ErrNoAnswer) || len(w.Header()) != 0 {
			t.Errorf("Deliver(%q) without an answer = %v, header %v, want ErrNoAnswer and nothing written", effect, err, w.Header())
		}
	}
}

func TestDeliverLeavesItsAnswerAlone(t *testing.T) {
	t.Parallel()
	answer, w := session(), httptest.NewRecorder()
	if err := (faults.Effect{}).Deliver(w, httptest.NewRequest("POST", "/", nil), answer, epoch()); err != nil {
		t.Fatal(err)
	}
	w.Header()["Content-Type"][0] = "text/plain"
	if got := answer.Header; got.Get("Content-Type") != "application/json" || len(got) != 1 {
		t.Errorf("writing to the response changed the answer: %v", got)
	}
}
