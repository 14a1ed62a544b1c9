package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/knot"
)

// exchange is one request on its way through the API. It stands in for the
// ResponseWriter, so that the router hands it to the handler untouched. When all is
// over it is used again: what outlives it, such as the header, holds no piece of it.
type exchange struct {
	http.ResponseWriter
	id       string
	request  *http.Request
	method   string // after overriding
	body     string
	bodySize int64 // that was read
	input    input
	given    credentials
	client   knot.Client
	wanted   knot.SessionRequest
	call     Call
	carryOut func(*exchange) error
	large    chan struct{} // holds a place of this exchange's, if its body is large

	// What became of it.
	isObserved bool
	began      time.Time
	status     int // of the answer; 0 until it is written
	outcome    string
	answer     string
	sessionID  string
	hint       string // what was said beside it
	evidence   knot.Evidence
	retryAfter time.Duration

	observation Observation // that is made of it
}

// exchanges are used again: they are a good part of what a request allocates.
var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// release gives an exchange back that is over.
func (x *exchange) release() {
	if x.large != nil {
		<-x.large
	}
	*x = exchange{}
	exchanges.Put(x)
}

// exchangeOf returns the exchange that the router carries.
func exchangeOf(c echo.Context) *exchange {
	return c.Response().Writer.(*exchange) // ServeHTTP put it there
}

// header returns the first value of a header, whose name is given in its canonical form:
// http.Header.Get takes longer to make it so than to look it up.
func (x *exchange) header(canonical string) string {
	if values := x.request.Header[canonical]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// errUnreadable is a body that breaks off or is not framed as HTTP wants it.
var errUnreadable = errors.New("read body")

// readBody takes in the body, up to limit bytes. The body counts against the
// limit before anything else is looked at (derived).
func (x *exchange) readBody(limit int64, large chan struct{}) error {
	if x.request.ContentLength > limit {
		x.drain()
		return knot.PayloadTooLarge
	}
	b := buffers.Get().(*bytes.Buffer) // nothing else is in the pool
	defer putBuffer(b)
	err := x.fill(b, limit, large)
	x.bodySize = int64(b.Len())
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		x.bodySize++ // at least
		return knot.PayloadTooLarge
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	x.body = b.String()
	return nil
}

// fill reads the body. One of a known and usual length is read in one go; one that is
// longer than usual waits until there are few others of its kind.
func (x *exchange) fill(b *bytes.Buffer, limit int64, large chan struct{}) error {
	if length := x.request.ContentLength; length > 0 && length <= usual {
		b.Grow(int(length))
		n, err := io.ReadFull(x.request.Body, b.AvailableBuffer()[:length])
		b.Write(b.AvailableBuffer()[:n])
		return err
	}
	body := http.MaxBytesReader(x.ResponseWriter, x.request.Body, limit)
	if _, err := io.CopyN(b, body, min(usual, limit+1)); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	select {
	case large <- struct{}{}:
		x.large = large
	case <-x.request.Context().Done():
		return x.request.Context().Err()
	}
	_, err := b.ReadFrom(body)
	return err
}

// usual is how long a body is at most that is nothing unusual, in bytes. Of longer ones
// there are at most maxLarge at once, until they are answered, so that callers cannot
// fill the memory with them.
const (
	usual    = 16 << 10
	maxLarge = 16
)

// drain reads on for a while, so that a client that sends all of its body before
// it reads can read the answer. One that asked first is told at once.
func (x *exchange) drain() {
	const most = 64 << 20
	if x.request.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, x.request.Body, most) // an error comes back when the answer is written
	}
}

// buffers are used while bodies are read.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// putBuffer gives a buffer back, unless an unusual body has made it large.
func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= usual {
		b.Reset()
		buffers.Put(b)
	}
}

// routed returns the request as the router shall see it.
func (x *exchange) routed() *http.Request {
	path := canonicalPath(x.sentPath())
	if path == x.request.URL.Path && x.method == x.request.Method && x.request.URL.RawPath == "" {
		return x.request
	}
	r, u := *x.request, *x.request.URL
	u.Path, u.RawPath = path, ""
	r.Method, r.URL = x.method, &u
	return &r
}

// sentPath returns the path as the client sent it, undecoded; of a target that
// names the host as well, the path alone.
func (x *exchange) sentPath() string {
	path := x.request.RequestURI
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	if !strings.HasPrefix(path, "/") {
		path = x.request.URL.EscapedPath()
	}
	return withoutFrontController(path)
}

// withoutFrontController drops the name of the framework's own entry (derived).
func withoutFrontController(path string) string {
	if rest, ok := strings.CutPrefix(path, "/index.php"); ok && (rest == "" || rest[0] == '/') {
		return rest
	}
	return path
}

// routingError returns the API's word for a request that has no handler; err
// is the router's, which leaves as it is if it is about anything else.
func (x *exchange) routingError(err *echo.HTTPError) error {
	switch err.Code {
	case http.StatusNotFound:
		return knot.RouteNotFound(x.sentPath())
	case http.StatusMethodNotAllowed:
		return knot.MethodNotAllowed(x.method, x.sentPath())
	}
	return err
}

// The values of answer headers. They are shared and must not be changed.
var (
	jsonType  = []string{"application/json"}
	textType  = []string{"text/plain; charset=utf-8"}
	htmlType  = []string{"text/html; charset=UTF-8"}
	noCache   = []string{"no-cache, private"}
	allowPost = []string{http.MethodPost}

	evidenceValues = map[knot.Evidence][]string{
		knot.Documented: {string(knot.Documented)},
		knot.Observed:   {string(knot.Observed)},
		knot.Derived:    {string(knot.Derived)},
		knot.Assumed:    {string(knot.Assumed)},
	}
)

// refuse writes an error answer: JSON, or for the framework's own errors a
// page, if the client prefers one (derived).
func (x *exchange) refuse(e *knot.Error) {
	isRouting := e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed
	if e.Status == http.StatusMethodNotAllowed {
		x.Header()["Allow"] = allowPost
	}
	if isRouting && !wantsJSON(x.request.Header) {
		x.write(e.Status, htmlType, page(e))
		return
	}
	x.write(e.Status, jsonType, e.Body())
}

// unbuffered is the length of body up to which net/http finds the
// Content-Length by itself.
const unbuffered = 2000

// write is the one place that writes answers.
func (x *exchange) write(status int, contentType []string, body string) {
	h := x.Header()
	h["Content-Type"] = contentType
	h["Cache-Control"] = noCache
	if len(body) > unbuffered {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	x.status, x.answer = status, body
	x.WriteHeader(status)
	if x.method != http.MethodHead {
		_, _ = io.WriteString(x.ResponseWriter, body) // the client may have gone
	}
}

// outOfBand adds what the sandbox says beside the answer.
func (x *exchange) outOfBand() {
	h := x.Header()
	h["X-Sandbox-Evidence"] = evidenceValues[x.evidence]
	if x.hint != "" {
		h["X-Sandbox-Hint"] = []string{headerText(x.hint)}
	}
}

// hangUp answers a request that cannot be read, in the words of the HTTP layer
// (assumed: the real API's web server has its own).
func (x *exchange) hangUp() {
	x.Header().Set("Connection", "close")
	x.write(http.StatusBadRequest, textType, "400 Bad Request")
}

// page is a small page of our own for a browser that strays here (the real
// server shows one too: observed; its design is assumed).
func page(e *knot.Error) string {
	title := http.StatusText(e.Status)
	return fmt.Sprintf("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>%s</title></head>\n"+
		"<body><h1>%d</h1><p>%s</p></body>\n</html>\n", title, e.Status, title)
}
