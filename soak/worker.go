package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// stepsPerRound is how many steps a worker makes before all is looked at.
const stepsPerRound = 100

// sessionBody is the body of a success.
var sessionBody = regexp.MustCompile(`^\{"session":"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"\}$`)

// worker has a client of its own and does with it what its numbers say.
type worker struct {
	*wire
	n      int
	r      *rand.Rand
	m      *model
	oracle *oracle
	report *report
	names  []string // of outcomes that a fault can have

	round, step int
	what        string // that is done at the moment
	isOff       bool   // there was a difference; the model may be wrong
	isGone      bool   // everything was reset, the client went with it
}

// newWorker returns a worker whose client is not minted yet.
func newWorker(n int, seed uint64, w *wire, o *oracle, rep *report) *worker {
	names := make([]string, 0, len(o.catalogue))
	for name, out := range o.catalogue {
		if out.Status >= http.StatusBadRequest && name != routeNotFound && name != notAllowed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return &worker{wire: w, n: n, r: rand.New(rand.NewPCG(seed, uint64(n))), oracle: o, report: rep, names: names}
}

// step is something that a worker does. Its error is that of a sandbox that does not
// answer; what it answers wrongly is a difference.
type step struct {
	weight int // how often
	name   string
	do     func(*worker, context.Context) error
}

// steps are all there are.
func steps() []step {
	return []step{
		{600, "call", (*worker).call},
		{70, "arm", (*worker).arm},
		{35, "disarm", (*worker).disarm},
		{10, "disarm all", (*worker).disarmAll},
		{60, "jump", (*worker).jump},
		{8, "run the clock", (*worker).runClock},
		{25, "change products", (*worker).changeProducts},
		{6, "change seed", (*worker).changeSeed},
		{12, "reset", (*worker).reset},
		{3, "remove", (*worker).remove},
		{6, "burst", (*worker).burst},
		{4, "hang", (*worker).hang},
		{30, "sessions", (*worker).lookAtSessions},
		{30, "requests", (*worker).lookAtRequests},
		{30, "faults", (*worker).lookAtFaults},
		{15, "coverage", (*worker).lookAtCoverage},
		{20, "verify", (*worker).verify},
		{10, "wait", (*worker).wait},
		{10, "events", (*worker).events},
		{10, "request", (*worker).lookAtRequest},
		{5, "conduct", (*worker).lookAtConduct},
		{4, "forget", (*worker).forget},
	}
}

// drawStep draws one of them.
func drawStep(r *rand.Rand) step {
	all, total := steps(), 0
	for _, s := range all {
		total += s.weight
	}
	n := r.IntN(total)
	at := slices.IndexFunc(all, func(s step) bool { n -= s.weight; return n < 0 })
	return all[at]
}

// run makes the steps of a round.
func (w *worker) run(ctx context.Context, round int) error {
	w.round = round
	for w.step = range stepsPerRound {
		if ctx.Err() != nil {
			return nil
		}
		s := drawStep(w.r)
		err := w.ready(ctx)
		if w.what = s.name; err == nil {
			err = s.do(w, ctx)
		}
		if err != nil {
			return fmt.Errorf("worker %d, round %d, step %d, %s: %w", w.n, w.round, w.step, w.what, err)
		}
	}
	return nil
}

// ready sees to it that the worker has a client and is right about it.
func (w *worker) ready(ctx context.Context) error {
	switch {
	case w.m == nil || w.isOff:
		w.isGone = false
		return w.mint(ctx)
	case w.isGone:
		w.isGone = false
		return w.begin(ctx)
	}
	return nil
}

// The workers that are not of a client of their own.
const ofFile, ofWhole = -1, -2

// name names the worker in reports.
func (w *worker) name() string {
	switch w.n {
	case ofFile:
		return "reloader"
	case ofWhole:
		return "between rounds"
	}
	return fmt.Sprint("worker ", w.n)
}

// check counts an answer that was held to the model, and what differs.
func (w *worker) check(about string, differences ...string) {
	w.report.checked.Add(1)
	if len(differences) == 0 {
		return
	}
	w.isOff = true
	w.report.differ(fmt.Sprintf("%s (client %s), round %d, step %d, %s: %s\n    %s",
		w.name(), w.m.id, w.round, w.step, w.what, about, strings.Join(differences, "\n    ")))
}

// equal holds a value to the model.
func (w *worker) equal(about string, got, want any) {
	if g, m := fmt.Sprint(got), fmt.Sprint(want); g != m {
		w.check(about, "got  "+g, "want "+m)
		return
	}
	w.check(about)
}

// call makes a call.
func (w *worker) call(ctx context.Context) error {
	if err := w.disarmSpent(ctx); err != nil {
		return err
	}
	w.exchange(ctx, someRequest(w.r, w.m, w.names))
	return nil
}

// exchange sends a request and holds the answer to the model.
func (w *worker) exchange(ctx context.Context, q *request) {
	e := w.oracle.predict(w.m, q)
	a := w.send(ctx, q.call)
	if ctx.Err() != nil {
		return // the soak is over
	}
	about := fmt.Sprintf("%s %s %.200s", q.method, q.path, q.body)
	if q.fault != "" {
		about += " with " + q.fault
	}
	w.check(about, w.m.judge(e, a)...)
}
