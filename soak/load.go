package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// soak lets all work in rounds until the time is over, and notes how the sandbox was
// before and after.
func soak(ctx context.Context, s settings, c *child, rep *report) error {
	w := newWire(c.url, s.clients)
	list := theCatalogue()
	err := list.compare(ctx, w, rep)
	if err != nil {
		return err
	}
	if rep.before, err = settled(ctx, w, 0); err != nil {
		return err
	}
	if err := load(ctx, s, c, w, list, rep); err != nil {
		return err
	}
	if rep.after, err = settled(context.WithoutCancel(ctx), w, rep.before.goroutines); err != nil {
		return err
	}
	rep.calls, rep.asked = w.calls.Load(), w.asked.Load()
	return nil
}

// load is the load: the workers round by round, and beside them the reloader. Nobody is
// cut short at the end, so that all requests are counted on both sides.
func load(ctx context.Context, s settings, c *child, w *wire, list catalogue, rep *report) error {
	began := time.Now()
	o := &oracle{catalogue: list}
	var quiet sync.Mutex
	workers := make([]*worker, s.clients)
	for i := range workers {
		workers[i] = newWorker(i, s.seed, w, o, rep)
	}
	g := &whole{worker: newWorker(ofWhole, s.seed, w, o, rep), workers: workers, quiet: &quiet}
	g.m = &model{id: "all"}
	awaiting, stop := context.WithCancel(ctx)
	defer stop()
	reloads := make(chan error, 1)
	go func() { reloads <- newReloader(s.seed, w, o, rep, c, &quiet).run(ctx, awaiting) }()
	var failed error
	for ; failed == nil && time.Since(began) < s.length; rep.rounds++ {
		if failed = inRound(ctx, workers, rep.rounds); failed == nil {
			failed = g.look(ctx, rep.rounds)
		}
		switch {
		case c.isOver():
			failed = errEnded
		case ctx.Err() != nil:
			failed = errors.New("interrupted")
		}
	}
	stop()
	if err := <-reloads; failed == nil {
		failed = err
	}
	return failed
}

// inRound lets every worker make the steps of a round.
func inRound(ctx context.Context, workers []*worker, round int) error {
	errs := make([]error, len(workers))
	var wg sync.WaitGroup
	for i, w := range workers {
		wg.Go(func() { errs[i] = w.run(ctx, round) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
