package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/journal"
	"knotsandbox/pause"
)

// How events are streamed.
const (
	maxStreams    = 100
	eventPause    = 50 * time.Millisecond // between two pieces: a reader is no match for a load test
	eventAlive    = 15 * time.Second      // a comment, so that nobody in between hangs up
	eventPatience = 5 * time.Second       // for a reader that does not read
)

// events streams exchanges as server-sent events. There is no queue: the journal
// is one. A reader that falls behind what it keeps is told of the gap, one that
// does not read is let go.
func (a *API) events(c echo.Context) error {
	f, p, err := a.queryFilter(c, "last_event_id", "brief")
	if err != nil {
		return err
	}
	brief, err := yesOrNo("brief", p["brief"])
	if err != nil {
		return err
	}
	last, err := a.resumeAt(c, f, p["last_event_id"])
	if err != nil {
		return err
	}
	if a.streams.Add(1) > maxStreams {
		a.streams.Add(-1)
		return &Problem{
			Status: http.StatusServiceUnavailable, Code: "too_many_streams",
			Message: fmt.Sprintf("%d event streams are open", maxStreams), Next: "close some",
		}
	}
	defer a.streams.Add(-1)
	f.After = 0 // last knows
	s := newStream(c.Response().Writer)
	if err := s.open(); err != nil {
		return nil // the reader has gone
	}
	for ctx := c.Request().Context(); ; {
		if last, err = a.stream(ctx, s, f, last, brief); err != nil {
			return nil // it has gone, was too slow, or the sandbox stops
		}
	}
}

// resumeAt returns where the stream begins: behind what the reader has had last,
// or else now. A browser that reconnects says so in the header, and the parameter
// is the one that it began with.
func (a *API) resumeAt(c echo.Context, f journal.Filter, parameter string) (journal.Batch, error) {
	text := cmp.Or(c.Request().Header.Get("Last-Event-Id"), parameter)
	switch {
	case text == "" && f.After == 0:
		return a.sandbox.Journal().Now(f.Client), nil
	case text == "":
		return a.sandbox.Journal().From(f.Client, f.After), nil
	}
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return journal.Batch{}, invalid("last_event_id", fmt.Sprintf("%q is not the id of an event", text), "leave it out to begin now")
	}
	return a.sandbox.Journal().From(f.Client, id), nil
}

// stream sends the next piece and returns how far it came.
func (a *API) stream(ctx context.Context, s *stream, f journal.Filter, last journal.Batch, brief bool) (journal.Batch, error) {
	alive, cancel := context.WithTimeout(ctx, eventAlive)
	defer cancel()
	next, err := a.sandbox.Journal().Next(alive, f, last)
	switch {
	case ctx.Err() != nil:
		return next, context.Cause(ctx)
	case err != nil: // nothing came for a while
		return next, s.send(": alive\n\n")
	}
	text, err := eventsOf(next, brief)
	if err == nil {
		err = s.send(text)
	}
	next.Exchanges = nil // they are not kept while the next ones are waited for
	if err != nil {
		return next, err
	}
	return next, pause.For(ctx, eventPause)
}

// eventsOf returns a batch as events.
func eventsOf(b journal.Batch, brief bool) (string, error) {
	var text strings.Builder
	if b.Cleared {
		text.WriteString("event: cleared\ndata: {}\n\n")
	}
	if b.LostUpTo > 0 {
		fmt.Fprintf(&text, "id: %d\nevent: gap\ndata: {\"up_to\": %d}\n\n", b.LostUpTo, b.LostUpTo)
	}
	for _, e := range shown(b.Exchanges, brief) {
		data, err := json.Marshal(e)
		if err != nil {
			return "", fmt.Errorf("encode exchange %s: %w", e.ID, err)
		}
		fmt.Fprintf(&text, "id: %d\nevent: exchange\ndata: %s\n\n", e.Position, data)
	}
	return text.String(), nil
}

// stream is an open stream of events.
type stream struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration // with a reader that does not read
}

func newStream(w http.ResponseWriter) *stream {
	return &stream{w: w, control: http.NewResponseController(w), patience: eventPatience}
}

// open sends the head.
func (s *stream) open() error {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	s.w.WriteHeader(http.StatusOK)
	return s.send("retry: 1000\n\n")
}

// send sends a text, for which the reader has some time. Then the stream has none to
// keep: HTTP/2 would reset it at its deadline, even if there is nothing to write.
func (s *stream) send(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	if err := s.control.Flush(); err != nil {
		return fmt.Errorf("flush events: %w", err)
	}
	if err := s.control.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lift deadline: %w", err)
	}
	return nil
}
