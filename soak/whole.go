package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// whole looks after the sandbox as a whole, between the rounds, when nobody else does
// anything.
type whole struct {
	*worker
	workers []*worker
	quiet   *sync.Mutex
}

// look holds the sums to what all have done, and changes what is everyone's.
func (g *whole) look(ctx context.Context, round int) error {
	g.quiet.Lock()
	defer g.quiet.Unlock()
	g.round, g.what = round, "between rounds"
	if err := g.sums(ctx); err != nil {
		return err
	}
	switch g.r.IntN(8) {
	case 0, 1, 2:
		return g.toggle(ctx)
	case 3, 4:
		return g.jumpAll(ctx)
	case 5:
		return g.resetAll(ctx)
	}
	return nil
}

// sums holds the numbers of the sandbox to the requests that were made.
func (g *whole) sums(ctx context.Context) error {
	var health struct {
		Status   string
		Requests int64
	}
	if ok, err := g.control(ctx, http.MethodGet, "/health", nil, &health, http.StatusOK); !ok {
		return err
	}
	g.equal("the health", fmt.Sprint(health), fmt.Sprint("{ready ", g.calls.Load(), "}"))
	numbers, err := metrics(ctx, g.wire)
	if err != nil {
		return err
	}
	g.equal("the requests by the metrics", int64(numbers["knot_sandbox_requests_total"]), g.calls.Load())
	g.equal("the exchanges by the metrics", int64(numbers["knot_sandbox_journal_recorded_total"]), g.calls.Load())
	return nil
}

// toggle arms a rule for everyone, or disarms it and looks at what it has hit.
func (g *whole) toggle(ctx context.Context) error {
	if r := g.oracle.everyones; r != nil {
		var got account
		ok, err := g.control(ctx, http.MethodDelete, "/faults/"+r.id, nil, &got, http.StatusOK)
		if ok {
			g.equal("the hits of everyone's rule", int64(got.Hit), g.oracle.met.Load())
			g.oracle.everyones = nil
		}
		return err
	}
	r := &rule{stages: []*stage{{effect: someEffect(g.r, g.names)}}}
	var got account
	ok, err := g.control(ctx, http.MethodPost, "/faults", "header="+markHeader+":yes "+r.fault(), &got, http.StatusCreated)
	if ok {
		r.id = got.ID
		g.equal("everyone's rule", got.Fault, r.fault())
		g.oracle.everyones = r
		g.oracle.met.Store(0)
	}
	return err
}

// jumpAll moves the common clock, which no client of a worker follows.
func (g *whole) jumpAll(ctx context.Context) error {
	change := map[string]any{"advance": "17m"}
	if g.r.IntN(2) == 0 {
		change = map[string]any{"release": true}
	}
	var view struct {
		Now    time.Time
		Frozen bool
	}
	_, err := g.control(ctx, http.MethodPut, "/clock", change, &view, http.StatusOK)
	return err
}

// resetAll brings everything back to the beginning; the workers mint their clients
// again.
func (g *whole) resetAll(ctx context.Context) error {
	if ok, err := g.control(ctx, http.MethodPost, "/reset", map[string]any{}, nil, http.StatusOK); !ok {
		return err
	}
	g.oracle.everyones = nil
	for _, w := range g.workers {
		if w.m == nil {
			continue
		}
		if ok, err := g.control(ctx, http.MethodGet, "/clients/"+w.m.id, nil, nil, http.StatusNotFound); !ok {
			return err
		}
		w.isGone = true
	}
	return nil
}
