package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// burst makes many calls with the client at once, some of which meet a rule. Who gets
// what cannot be known, but how many do.
func (w *worker) burst(ctx context.Context) error {
	n, times, skip := 4+w.r.IntN(20), 1+w.r.IntN(4), 1+w.r.IntN(3)
	if err := w.reset(ctx); err != nil {
		return err
	}
	rule := &rule{armed: w.m.now, stages: []*stage{{effect: effect{kind: "outcome", name: noAccess}, times: times, skip: skip}}}
	if err := w.armRule(ctx, rule, true); err != nil || w.isOff {
		return err
	}
	ids, refused := w.sendAtOnce(ctx, n)
	if ctx.Err() != nil {
		return nil
	}
	hits := min(times, n-skip)
	w.equal("calls at once that met the rule", refused, hits)
	w.equal("sessions that were made at once", len(slices.Compact(slices.Sorted(slices.Values(ids)))), n-hits)
	for i, id := range w.m.ids[w.m.seed][:min(n-hits, len(w.m.ids[w.m.seed]))] {
		if id != "" {
			w.equal(fmt.Sprintf("id %d of the seed is among those at once", i), slices.Contains(ids, id), true)
		}
	}
	var got account
	ok, err := w.control(ctx, http.MethodGet, "/faults/"+rule.id, nil, &got, http.StatusOK)
	if !ok {
		return err
	}
	w.equal("the account of the rule", fmt.Sprint(got.Matched, got.Hit), fmt.Sprint(n, hits))
	w.m.coverage[noAccess] += hits
	w.m.coverage[created] += n - hits
	rule.hit = hits // of what was never met at the reset
	return w.reset(ctx)
}

// sendAtOnce makes good calls at once, and returns the sessions and how many were
// refused.
func (w *worker) sendAtOnce(ctx context.Context, n int) (ids []string, refused int) {
	replies := make([]reply, n)
	var wg sync.WaitGroup
	for i := range replies {
		c := call{method: http.MethodPost, path: "/session/create", id: w.m.id, secret: w.m.secret, body: fmt.Sprintf(goods["link"], fmt.Sprint("u", i))}
		wg.Go(func() { replies[i] = w.send(ctx, c) })
	}
	wg.Wait()
	for _, a := range replies {
		if id := sessionBody.FindStringSubmatch(a.body); id != nil {
			ids = append(ids, id[1])
		} else if a.body == w.oracle.catalogue[noAccess].Body {
			refused++
		}
	}
	return ids, refused
}

// hang makes a call that is never answered, and leaves once it hangs. It does not where
// the oldest call that is kept hung, too: that one would be counted for this one until
// this one is recorded in its place.
func (w *worker) hang(ctx context.Context) error {
	if len(w.m.journal) == keptPerOne && w.m.journal[0].outcome == hangOutcome {
		return nil
	}
	if err := w.disarmAll(ctx); err != nil || w.isOff {
		return err
	}
	rule := &rule{armed: w.m.now, stages: []*stage{{effect: effect{kind: hangOutcome}, times: 1}}}
	if err := w.armRule(ctx, rule, false); err != nil || w.isOff {
		return err
	}
	q := &request{call: call{method: http.MethodPost, path: "/session/create", id: w.m.id, secret: w.m.secret}}
	q.good(w.r, "u")
	patient, leave := context.WithCancel(ctx)
	defer leave()
	answered := make(chan reply, 1)
	go func() { answered <- w.send(patient, q.call) }()
	err := w.awaitHit(ctx, rule.id)
	leave()
	a := <-answered
	if err != nil || ctx.Err() != nil {
		return err
	}
	w.equal("what a call that hangs is told", strings.Contains(a.broken, context.Canceled.Error()), true)
	e := w.oracle.predict(w.m, q)
	w.equal("what a call that hangs meets", e.exchange.outcome, hangOutcome)
	if err := w.awaitOutcome(ctx, hangOutcome, w.m.count(hangOutcome)); err != nil || w.isOff {
		return err
	}
	return w.disarmRule(ctx, rule)
}

// awaitHit waits until a rule was hit.
func (w *worker) awaitHit(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		var got account
		if _, _, err := w.ask(ctx, http.MethodGet, "/faults/"+id, nil, &got); err != nil {
			return err
		}
		if got.Hit > 0 {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// events watches the stream of events while a call is made.
func (w *worker) events(ctx context.Context) error {
	if err := w.disarmSpent(ctx); err != nil {
		return err
	}
	q := someRequest(w.r, w.m, w.names)
	watching, leave := context.WithTimeout(ctx, patience)
	defer leave()
	r, err := http.NewRequestWithContext(watching, http.MethodGet, w.url+"/__sandbox/events"+w.ofClient()+"&brief=yes", http.NoBody)
	if err != nil {
		return err
	}
	w.asked.Add(1)
	res, err := w.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer res.Body.Close()
	w.equal("the status of the stream", res.StatusCode, http.StatusOK)
	w.exchange(ctx, q)
	last := w.m.journal[len(w.m.journal)-1]
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			w.equal("the event "+data, strings.Contains(data, `"outcome":"`+last.outcome+`"`) && strings.Contains(data, last.id), true)
			return nil
		}
	}
	if ctx.Err() == nil {
		w.check("the stream ended before the event of the call", "it ended")
	}
	return nil
}
