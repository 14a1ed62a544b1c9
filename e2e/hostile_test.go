package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The hostile suite sends what no well-meaning client does, by raw sockets, and wants
// the exact answer, the connection kept or closed as it should be, the next caller
// served, and in the end no more goroutines and memory than before. Answers that are
// assumed come from Go's HTTP layer, before any code of the sandbox: the real API has
// another web server in front, whose words are not known.

// endpoint begins a good call, whose other headers may follow.
const endpoint = "POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2FuZGJveDpzYW5kYm94\r\n"

// jsonHead begins a good call with a body of JSON.
const jsonHead = endpoint + "Content-Type: application/json\r\n"

// withLength is a request with a body of a known length.
func withLength(head, body string) string {
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

// chunked is a request with a body in one chunk.
func chunked(head, body string) string {
	return fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head, len(body), body)
}

// bare is a body of the HTTP layer's own, which closes the connection behind it.
func bare(text string) reply { return reply{status: text[:3], body: text, closes: true} }

// Answers that many shapes get.
var (
	isSession    = reply{status: "200", body: created.String()}
	typeRequired = reply{status: "400", body: `{"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The type field is required."}`}
	authFailed   = reply{status: "401", body: `{"error_type":"INVALID_INPUT","error_code":"INVALID_API_KEYS","error_message":"Invalid client_id or secret provided."}`}
	tooLarge     = reply{status: "413", body: `{"message":""}`, closes: true}
	badRequest   = bare("400 Bad Request")
	headTooLarge = bare("431 Request Header Fields Too Large")
)

// reply is an answer as a shape shall get it.
type reply struct {
	status string // of three digits
	body   string // to the byte, or a regular expression from ^ to $; empty is whatever
	closes bool   // the connection is closed behind it
	most   int    // bytes of the body; 0 is whatever
}

func (r reply) closing() reply {
	r.closes = true
	return r
}

// check reports whether an answer is as it shall be.
func (r reply) check(res *http.Response, body string) error {
	isMatch := r.body == "" || body == r.body
	if strings.HasPrefix(r.body, "^") {
		isMatch = regexp.MustCompile(r.body).MatchString(body)
	}
	switch {
	case res.Status[:3] != r.status || !isMatch:
		return fmt.Errorf("%s %.300q, want %s %.300q", res.Status, body, r.status, r.body)
	case r.most > 0 && len(body) > r.most:
		return fmt.Errorf("%s has %d bytes, want %d at most", res.Status, len(body), r.most)
	case res.Close != r.closes:
		return fmt.Errorf("%s announces the end of the connection: %t, want %t", res.Status, res.Close, r.closes)
	case len(res.TransferEncoding) > 0 && res.Header.Get("Cache-Control") != "no-store": // of the control API
		return fmt.Errorf("%s comes in chunks, want its length", res.Status)
	}
	return nil
}

// shape is what goes over one connection and what comes back. Behind answers of which
// none closes, the connection serves an ordinary call.
type shape struct {
	name     string
	send     string
	want     []reply
	halfOpen bool // the sender closes its side, behind all that it has sent
}

// hostile is a program that is treated badly.
type hostile struct {
	*process
	before usage
}

// startHostile starts the program; when the test ends, it has to be as it was.
func startHostile(t *testing.T, args ...string) *hostile {
	t.Helper()
	h := &hostile{process: start(t, nil, args...)}
	for range 50 { // what the first callers bring about is there
		h.serves(t)
	}
	h.before = h.usage()
	t.Cleanup(func() { h.flat(t) })
	return h
}

// serves wants a session for the next ordinary caller.
func (h *hostile) serves(t *testing.T) {
	t.Helper()
	if a := h.post(session); a.status != 200 || !created.MatchString(a.body) {
		t.Errorf("the next caller got %d %s, want a session", a.status, a.body)
	}
}

// run sends the shapes, each on a connection of its own.
func (h *hostile) run(t *testing.T, shapes []shape) {
	t.Helper()
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			h.shape(t, s)
			h.serves(t)
		})
	}
}

// shape sends one shape and checks all that comes back.
func (h *hostile) shape(t *testing.T, s shape) {
	t.Helper()
	conn := dial(t, h.url)
	go write(conn, s.send, s.halfOpen) // the server may answer, and close, before it has read all
	r := bufio.NewReader(conn)
	closes := s.halfOpen || len(s.want) == 0
	for i, want := range s.want {
		if err := next(r, methodOf(s.send, i), want); err != nil {
			t.Fatalf("answer %d: %v", i+1, err)
		}
		closes = closes || want.closes
	}
	if !closes {
		write(conn, withLength(jsonHead+"Connection: close\r\n", session), false)
		if err := next(r, http.MethodPost, isSession.closing()); err != nil {
			t.Fatalf("ordinary call on the same connection: %v", err)
		}
	}
	if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%q, %v follows, want the end", rest, err)
	}
}

func write(conn net.Conn, text string, halfOpen bool) {
	_, _ = io.WriteString(conn, text)
	if halfOpen {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
}

// methodOf returns the method of the request that an answer is for.
func methodOf(sent string, answer int) string {
	if answer == 0 && strings.HasPrefix(sent, "HEAD ") {
		return http.MethodHead
	}
	return http.MethodGet
}

// next reads the next answer and holds it to what it shall be.
func next(r *bufio.Reader, method string, want reply) error {
	res, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		return fmt.Errorf("%w, want %s", err, want.status)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		return err
	}
	return want.check(res, string(body))
}

// usage is what the program takes.
type usage struct{ goroutines, heap, resident int }

const megabyte = 1 << 20

// slack is how much more the program may take in the end. The journal keeps up to
// 16 MiB of what was sent, whoever sent it, and the allocator some of what it had.
// Memory that the race detector takes for itself is never given back.
var slack = usage{goroutines: 10, heap: 64 * megabyte, resident: 128 * megabyte}

// flat waits until the program takes no more than it did, but for the slack. Each look
// brings some garbage, so that garbage is collected soon.
func (h *hostile) flat(t *testing.T) {
	t.Helper()
	bound := usage{h.before.goroutines + slack.goroutines, h.before.heap + slack.heap, h.before.resident + slack.resident}
	garbage := session + strings.Repeat(" ", 4*megabyte)
	var now usage
	for end := time.Now().Add(2 * patience); time.Now().Before(end); {
		h.post(garbage)
		now = h.usage()
		isSmall := raceFlags != nil || now.resident <= bound.resident
		if now.goroutines <= bound.goroutines && now.heap <= bound.heap && isSmall {
			t.Logf("goroutines %d, then %d; heap %d, then %d KiB; resident %d, then %d KiB",
				h.before.goroutines, now.goroutines, h.before.heap>>10, now.heap>>10, h.before.resident>>10, now.resident>>10)
			return
		}
	}
	t.Errorf("the program takes %+v, at the beginning it took %+v, want %+v at most", now, h.before, bound)
}

// metric is a line of the metrics that usage asks for.
var metric = regexp.MustCompile(`(?m)^(go_goroutines|go_memstats_heap_inuse_bytes|process_resident_memory_bytes) (\S+)$`)

// usage asks the program what it takes, over a connection that is closed again.
func (h *hostile) usage() usage {
	h.t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(h.url + "/__sandbox/metrics")
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	lines := metric.FindAllStringSubmatch(string(text), -1)
	if err != nil || len(lines) != 3 {
		h.t.Fatalf("metrics: %v, %.300s", err, text)
	}
	values := make([]int, len(lines))
	slices.SortFunc(lines, func(a, b []string) int { return strings.Compare(a[1], b[1]) })
	for i, line := range lines {
		value, err := strconv.ParseFloat(line[2], 64)
		if err != nil {
			h.t.Fatal(err)
		}
		values[i] = int(value)
	}
	return usage{values[0], values[1], values[2]}
}
