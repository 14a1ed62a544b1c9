package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// state is how the sandbox is when nobody asks it anything.
type state struct {
	goroutines int
	resident   float64 // bytes
	heap       float64
}

// settled returns the state once the connections are closed and there are no more
// goroutines than most, or, if there never are, that of the end of patience. With 0 it
// does not wait.
func settled(ctx context.Context, w *wire, most int) (state, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	deadline := time.Now().Add(patience / 3)
	for {
		w.client.CloseIdleConnections()
		numbers, err := metrics(ctx, w)
		if err != nil {
			return state{}, err
		}
		s := state{
			goroutines: int(numbers["go_goroutines"]), resident: numbers["process_resident_memory_bytes"],
			heap: numbers["go_memstats_heap_inuse_bytes"],
		}
		if most == 0 || s.goroutines <= most || time.Now().After(deadline) {
			return s, nil
		}
		<-again.C
	}
}

// metrics reads the numbers of the sandbox, those of equal name added up.
func metrics(ctx context.Context, w *wire) (map[string]float64, error) {
	status, text, err := w.ask(ctx, http.MethodGet, "/metrics", nil, nil)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("GET /metrics answers %d: %w", status, err)
	}
	numbers := map[string]float64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if labels := strings.Index(name, "{"); labels >= 0 {
			name, value = name[:labels], line[strings.LastIndex(line, " ")+1:]
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
			numbers[name] += n
		}
	}
	return numbers, nil
}

// report is what was found.
type report struct {
	seed          uint64
	child         *child
	out           io.Writer
	rounds        int
	calls, asked  int64
	reloads       atomic.Int64
	checked       atomic.Int64
	before, after state

	mu          sync.Mutex
	differences []string
}

// differ notes a difference. The first are printed at once, so that they are seen even
// if the sandbox never comes to an end.
func (r *report) differ(text string) {
	const printed = 20
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.differences = append(r.differences, text); len(r.differences) <= printed {
		fmt.Fprintf(r.out, "DIFFERENCE with seed %d: %s\n", r.seed, text)
	}
}

// print ends the sandbox, prints the report, and reports whether all is well.
func (r *report) print() bool {
	r.end()
	leaked := max(0, r.after.goroutines-r.before.goroutines)
	const mega = 1 << 20
	fmt.Fprintf(r.out, "soak: rounds %d, reloads %d, requests made %d (%d of them to the control API), answers checked %d\n",
		r.rounds, r.reloads.Load(), r.calls+r.asked, r.asked, r.checked.Load())
	fmt.Fprintf(r.out, "soak: memory %.1f MB before and %.1f MB after, of it heap %.1f MB and %.1f MB\n",
		r.before.resident/mega, r.after.resident/mega, r.before.heap/mega, r.after.heap/mega)
	fmt.Fprintf(r.out, "soak: differences %d, leaked goroutines %d\n", len(r.differences), leaked)
	if len(r.differences) > 0 {
		fmt.Fprintf(r.out, "soak: to meet them again: go run ./soak -seed %d, with the same number of clients\n", r.seed)
	}
	return len(r.differences) == 0 && leaked == 0
}

// end ends the sandbox, which should end well and have counted as we have.
func (r *report) end() {
	code, last := r.child.stop()
	r.checked.Add(1)
	if want := fmt.Sprintf("msg=stopped requests=%d", r.calls); code != 0 || !strings.HasSuffix(last, want) {
		r.differ(fmt.Sprintf("the end: exit code %d and %q, want 0 and %q; the log ends with\n%s", code, last, want, r.child.logTail()))
	}
}
