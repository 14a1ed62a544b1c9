package faults

import (
	"fmt"
	"net/http"
	"time"

	"knotsandbox/pause"
)

// maxDrops is how many pieces an answer is dripped in; a shorter body goes byte by
// byte.
const maxDrops = 100

// drip sends the head at once and the body in equal pieces over the whole time, the
// last one at its end. An empty body leaves nothing to spread, so its head waits.
func drip(w http.ResponseWriter, r *http.Request, answer Answer, spread time.Duration) error {
	liftTimeout(w)
	drops := min(len(answer.Body), maxDrops)
	if drops == 0 {
		_ = pause.For(r.Context(), spread) // released early, the answer is still whole
		return send(w, answer)
	}
	writeHead(w, answer, len(answer.Body))
	control := http.NewResponseController(w)
	if err := control.Flush(); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	for i := range drops {
		if err := pause.For(r.Context(), spread/time.Duration(drops)); err != nil {
			cut(r)
			return err
		}
		piece := answer.Body[i*len(answer.Body)/drops : (i+1)*len(answer.Body)/drops]
		if _, err := w.Write(piece); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if err := control.Flush(); err != nil {
			return fmt.Errorf("flush: %w", err)
		}
	}
	return nil
}
