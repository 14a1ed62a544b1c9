package faults

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"knotsandbox/pause"
)

// ErrNoAnswer says that Deliver was given no answer where it needs one. Nothing has
// been written then.
var ErrNoAnswer = errors.New("no answer was given")

// Answer is a whole HTTP answer. Its header need not hold Content-Length; names are
// sent as they are spelt.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Wait sleeps for the effect's delay. It returns early, with the context's error,
// when the request's context ends: the caller has gone, or the server stops and has
// ended the base context of its requests. Either way the request may be gone on with,
// as a slow server would. The server's write timeout does not end the wait, nor cut
// what is sent after it.
//
// Like Deliver it needs the request's body to have been read, because net/http
// notices only then that a caller has gone.
func (e Effect) Wait(w http.ResponseWriter, r *http.Request) error {
	if e.Delay <= 0 {
		return nil
	}
	liftTimeout(w)
	return pause.For(r.Context(), e.Delay)
}

// Deliver answers the request with the effect, without its delay. answer is what the
// effect works on: the catalogue's for Outcome; the real one for Truncate, Drip and
// Proceed; unused for the other kinds. now is for the headers of RateLimited.
//
// Reset, Close, Garbage and Hang leave no answer behind: the connection is taken from
// the server and closed. Over HTTP/2, or where the connection cannot be taken,
// Deliver panics with http.ErrAbortHandler instead, as it does to cut a stream short;
// a recovery middleware must pass that on. The headers that w holds already are sent
// where headers are sent at all.
//
// The error is ErrNoAnswer, or tells that the effect could not be carried out to its
// end, mostly because the caller has gone. Either way the request is answered as far
// as it can be, except after ErrNoAnswer.
func (e Effect) Deliver(w http.ResponseWriter, r *http.Request, answer Answer, now time.Time) error {
	if needsAnswer(e.Kind) && (answer.Status < 200 || answer.Status > 999) {
		return fmt.Errorf("deliver %q: %w", e, ErrNoAnswer)
	}
	if err := e.render(w, r, answer, now); err != nil {
		return fmt.Errorf("deliver %q: %w", e, err)
	}
	return nil
}

func (e Effect) render(w http.ResponseWriter, r *http.Request, answer Answer, now time.Time) error {
	switch e.Kind {
	case Outcome:
		if e.Name == RateLimited {
			answer = limited(answer, e.RetryAfter, now)
		}
		return send(w, answer)
	case Gateway:
		return send(w, gatewayPage(e.Name, e.RetryAfter))
	case Malformed:
		return send(w, malformed())
	case Empty:
		return send(w, empty())
	case Hang:
		return hang(w, r)
	case Reset:
		return reset(w)
	case Close:
		return closeClean(w)
	case Garbage:
		return garbage(w)
	case Truncate:
		return truncate(w, r, answer, e.Size)
	case Drip:
		return drip(w, r, answer, e.Spread)
	default:
		return send(w, answer)
	}
}

func needsAnswer(k Kind) bool {
	return k == Proceed || k == Outcome || k == Truncate || k == Drip
}

// send writes a whole answer.
func send(w http.ResponseWriter, answer Answer) error {
	writeHead(w, answer, len(answer.Body))
	if len(answer.Body) == 0 {
		return nil
	}
	_, err := w.Write(answer.Body)
	return err
}

// writeHead writes status and header and promises a body of the given length.
func writeHead(w http.ResponseWriter, answer Answer, length int) {
	header := w.Header()
	maps.Copy(header, answer.Header.Clone())
	header.Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(answer.Status)
}

// liftTimeout keeps the server's write timeout from cutting what is slow on purpose.
// The read timeout is over once the body is read. A writer that has no deadline has
// none to lift.
func liftTimeout(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
}
