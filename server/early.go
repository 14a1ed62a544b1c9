package server

import (
	"net/http"

	"knotsandbox/faults"
	"knotsandbox/handlers"
)

// early records an exchange before its caller can have the last of it, where that is
// before the call is over: a test that sees a connection break looks for the request at
// once.
func early(w http.ResponseWriter, c *handlers.Call, e faults.Effect, answer faults.Answer) http.ResponseWriter {
	switch e.Kind {
	case faults.Reset, faults.Close, faults.Garbage, faults.Truncate:
		c.Done()
	case faults.Drip:
		return &lastByte{ResponseWriter: w, left: len(answer.Body), reached: func() {
			c.Fault.CutShort = false
			c.Done()
		}}
	}
	return w
}

// lastByte calls reached before the last byte of a body is written.
type lastByte struct {
	http.ResponseWriter
	left    int
	reached func()
}

// Unwrap lets the connection be flushed.
func (l *lastByte) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// Write writes a piece of the body.
func (l *lastByte) Write(b []byte) (int, error) {
	if l.left -= len(b); l.left <= 0 {
		l.reached()
	}
	return l.ResponseWriter.Write(b)
}
