package admin_test

import (
	"log/slog"
	"strings"
	"testing"
	"unicode"
)

// The secret of a minted client is in one answer, that to the call which made it.
func TestSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	var minted struct{ Secret string }
	made := s.call("POST /clients", `{"client_id":"minted"}`)
	made.decode(t, &minted)
	if made.status != 201 || len(minted.Secret) < 16 {
		t.Fatalf("%d %s, want 201 with a secret", made.status, made.body)
	}
	s.want(200, sent{body: userBody("u"), header: []string{"Authorization", basic("minted", minted.Secret)}})
	for _, route := range []string{
		"GET /clients", "GET /clients/minted", "PATCH /clients/minted", "GET /requests", "GET /requests/r1", "GET /requests/r1?as=curl",
		"GET /sessions?client=minted", "GET /health",
	} {
		body := ""
		if strings.HasPrefix(route, "PATCH") {
			body = "{}"
		}
		encoded := strings.TrimPrefix(basic("minted", minted.Secret), "Basic ")
		if a := s.call(route, body); a.status != 200 || strings.Contains(a.body, minted.Secret) || strings.Contains(a.body, encoded) {
			t.Errorf("%s: %d %s, want 200 without the secret", route, a.status, a.body)
		}
	}
	if again := s.call("POST /clients", `{"client_id":"minted"}`); again.status != 409 || strings.Contains(again.body, minted.Secret) {
		t.Errorf("made again: %d %s, want 409 without the secret", again.status, again.body)
	}
}

// Whatever callers send, a line of the log is one line, and holds nothing that a
// terminal would act on.
func TestLogLinesStayWhole(t *testing.T) {
	t.Parallel()
	var log record
	c := config()
	c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := serve(t, c)
	const forged = "\x1b[2J\r\ntime=now msg=forged\u2028\u0085"
	for _, h := range append(hostileCases(),
		hostileCase{"product", sent{body: `{"type":"\u001b[2J\r\ntime=now msg=forged","external_user_id":"u"}`}},
		hostileCase{"client", sent{header: []string{"Authorization", basic(forged, "x")}}},
	) {
		_, _ = s.send(h.sent)
	}
	if n := strings.Count(log.String(), "msg=forged"); n != 2 {
		t.Errorf("what would forge a line is in the log %d times, want 2:\n%s", n, log.String())
	}
	for line := range strings.Lines(log.String()) {
		if !strings.HasPrefix(line, "time=2") {
			t.Errorf("a line that is none of ours: %.200q", line)
		}
		if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), unicode.IsControl); i >= 0 {
			t.Errorf("a control character in %.300q", line[max(0, i-100):])
		}
	}
}
