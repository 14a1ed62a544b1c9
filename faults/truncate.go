package faults

import (
	"fmt"
	"net/http"
)

// truncate promises the whole body, sends size bytes of it and closes. An answer
// that is no longer than that loses its last byte, and an empty one is promised a
// byte: a truncated answer is always short.
func truncate(w http.ResponseWriter, r *http.Request, answer Answer, size int) error {
	promised := max(len(answer.Body), 1)
	writeHead(w, answer, promised)
	if _, err := w.Write(answer.Body[:min(size, promised-1)]); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	cut(r)
	return nil
}

// cut ends an answer of which something is missing. net/http closes an HTTP/1
// connection by itself when fewer bytes came than were promised; a stream of HTTP/2
// must be reset, or it would end as if all were there.
func cut(r *http.Request) {
	if r.ProtoMajor >= 2 {
		panic(http.ErrAbortHandler)
	}
}
