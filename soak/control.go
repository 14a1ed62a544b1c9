package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// ofClient is the query of a client.
func (w *worker) ofClient() string { return "?client=" + url.QueryEscape(w.m.id) }

// control asks the control API, holds the status to what is wanted, and reports whether
// it is that. The error is that of a sandbox that does not answer.
func (w *worker) control(ctx context.Context, method, path string, in, out any, want int) (bool, error) {
	status, text, err := w.ask(ctx, method, path, in, out)
	if ctx.Err() != nil {
		return false, nil //nolint:nilerr // the soak is over
	}
	if err != nil {
		return false, err
	}
	about := method + " " + path
	if in != nil {
		about += fmt.Sprintf(" %v", in)
	}
	if status != want {
		w.check(about, fmt.Sprintf("answers %d, want %d: %.500s", status, want, text))
		return false, nil
	}
	w.check(about)
	return true, nil
}

// mint gives the worker a client. After a difference it is another one, whose model is
// right again.
func (w *worker) mint(ctx context.Context) error {
	generation := 0
	if w.m != nil {
		generation = w.m.generation + 1
		if _, _, err := w.ask(ctx, http.MethodDelete, "/clients/"+w.m.id, nil, nil); err != nil {
			return err
		}
	}
	w.isOff, w.what = false, "mint"
	w.m = &model{
		id: fmt.Sprintf("w%d-%d", w.n, generation), secret: fmt.Sprintf("made-up-secret-%d", w.n),
		minted: uint64(w.n), generation: generation, ids: map[uint64][]string{}, coverage: map[string]int{},
	}
	return w.begin(ctx)
}

// begin mints the client that the model is of.
func (w *worker) begin(ctx context.Context) error {
	in := map[string]any{"client_id": w.m.id, "secret": w.m.secret, "seed": w.m.minted}
	if ok, err := w.control(ctx, http.MethodPost, "/clients", in, nil, http.StatusCreated); !ok {
		return err
	}
	w.m.reset()
	w.m.coverage = map[string]int{}
	return w.freeze(ctx)
}

// freeze lets the clock of the client stand still at the time of the model.
func (w *worker) freeze(ctx context.Context) error {
	return w.clock(ctx, map[string]any{"set": w.m.now, "freeze": true}, w.m.now)
}

// clock changes the clock, which should show a time then.
func (w *worker) clock(ctx context.Context, change map[string]any, want time.Time) error {
	var view struct {
		Now    time.Time
		Frozen bool
	}
	change["client"] = w.m.id
	ok, err := w.control(ctx, http.MethodPut, "/clock", change, &view, http.StatusOK)
	if ok {
		w.equal("the clock", fmt.Sprint(view.Now.UTC(), view.Frozen), fmt.Sprint(want.UTC(), true))
		w.m.now = view.Now
	}
	return err
}

// jump moves the clock.
func (w *worker) jump(ctx context.Context) error {
	by := time.Duration(w.r.IntN(20_000)) * time.Millisecond
	switch w.r.IntN(12) {
	case 0:
		by = time.Duration(1+w.r.IntN(12)) * time.Minute
	case 1:
		by = lifetime - time.Duration(w.r.IntN(2)) // to the end of what was just made, or a moment before
	case 2:
		by = -by
	case 3: // to a time
		to := w.m.now.Add(by)
		return w.clock(ctx, map[string]any{"set": to}, to)
	case 4, 5: // to the end of the quota's window, or a moment before
		to := w.m.quota.began.Add(time.Minute - time.Duration(w.r.IntN(2)))
		if w.m.quota.count > 0 {
			return w.clock(ctx, map[string]any{"set": to}, to)
		}
	}
	return w.clock(ctx, map[string]any{"advance": by.String()}, w.m.now.Add(by))
}

// runClock lets the clock run for a moment.
func (w *worker) runClock(ctx context.Context) error {
	if ok, err := w.control(ctx, http.MethodPut, "/clock", map[string]any{"client": w.m.id, "freeze": false}, nil, http.StatusOK); !ok {
		return err
	}
	var view struct{ Now time.Time }
	ok, err := w.control(ctx, http.MethodPut, "/clock", map[string]any{"client": w.m.id, "freeze": true}, &view, http.StatusOK)
	if ok {
		ran := view.Now.Sub(w.m.now)
		w.equal("a clock that runs for a moment", ran > 0 && ran < patience, true)
		w.m.now = view.Now
	}
	return err
}

// changeProducts changes what the client may do, or how strictly it is looked at.
func (w *worker) changeProducts(ctx context.Context) error {
	one := products[w.r.IntN(len(products))]
	change := map[string]any{}
	switch w.r.IntN(4) {
	case 0:
		w.m.phone = []string{"e164", "possible", "valid"}[w.r.IntN(3)]
		change["phone"] = w.m.phone
	case 1:
		change["disable"] = []string{one}
		w.m.enable(func(p string) bool { return p != one && slices.Contains(w.m.products, p) })
	default:
		change["enable"] = []string{one}
		w.m.enable(func(p string) bool { return p == one || slices.Contains(w.m.products, p) })
	}
	var view struct {
		Products []string
		Phone    string
	}
	ok, err := w.control(ctx, http.MethodPatch, "/clients/"+w.m.id, change, &view, http.StatusOK)
	if ok {
		w.equal("the client", fmt.Sprint(view), fmt.Sprint(struct {
			Products []string
			Phone    string
		}{w.m.products, w.m.phone}))
	}
	return err
}

// changeSeed starts another sequence of session ids, or one of before again. The
// chances are others, too.
func (w *worker) changeSeed(ctx context.Context) error {
	seed := w.m.minted + uint64(w.r.IntN(3))
	ok, err := w.control(ctx, http.MethodPatch, "/clients/"+w.m.id, map[string]any{"seed": seed}, nil, http.StatusOK)
	if !ok {
		return err
	}
	w.m.reseed(seed)
	for _, r := range w.m.rules {
		if r.chance != "" {
			if err := w.plan(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// reset brings the client back to the beginning.
func (w *worker) reset(ctx context.Context) error {
	var unmet struct {
		NeverMet []account `json:"never_met"`
	}
	ok, err := w.control(ctx, http.MethodPost, "/reset", map[string]any{"client": w.m.id}, &unmet, http.StatusOK)
	if !ok {
		return err
	}
	w.equal("what was never met", texts(unmet.NeverMet), w.m.neverMet())
	w.m.reset()
	return w.freeze(ctx)
}

// remove removes the client, and mints one of the same name.
func (w *worker) remove(ctx context.Context) error {
	if ok, err := w.control(ctx, http.MethodDelete, "/clients/"+w.m.id, nil, nil, http.StatusNoContent); !ok {
		return err
	}
	if ok, err := w.control(ctx, http.MethodGet, "/clients/"+w.m.id, nil, nil, http.StatusNotFound); !ok {
		return err
	}
	return w.begin(ctx)
}

// forget lets the sandbox forget requests, or what was covered.
func (w *worker) forget(ctx context.Context) error {
	path := []string{"/requests", "/coverage"}[w.r.IntN(2)]
	ok, err := w.control(ctx, http.MethodDelete, path+w.ofClient(), nil, nil, http.StatusNoContent)
	switch {
	case !ok:
	case path == "/requests":
		w.m.journal, w.m.isDropped = nil, false
	default:
		w.m.coverage = map[string]int{}
	}
	return err
}
