package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// lookAtSessions holds the live sessions to the model.
func (w *worker) lookAtSessions(ctx context.Context) error {
	var got struct {
		Sessions []struct {
			Session, Product string
			User             string    `json:"external_user_id"`
			Created          time.Time `json:"created_at"`
			Left             int       `json:"seconds_left"`
		}
	}
	if ok, err := w.control(ctx, http.MethodGet, "/sessions"+w.ofClient(), nil, &got, http.StatusOK); !ok {
		return err
	}
	alive := w.m.alive()
	w.equal("how many sessions there are", len(got.Sessions), len(alive))
	for i, s := range alive[:min(len(alive), len(got.Sessions))] {
		g := got.Sessions[i]
		w.m.learn(s, g.Session)
		w.equal(fmt.Sprint("session ", i), fmt.Sprint(g.Session, g.Product, g.User, g.Created.UTC(), g.Left),
			fmt.Sprint(s.id, s.product, s.user, s.created.UTC(), int((lifetime-w.m.now.Sub(s.created))/time.Second)))
	}
	return nil
}

// listed is an exchange as the sandbox lists it.
type listed struct {
	ID, Outcome, Work string
	Status            int
	Product           string
	User              string `json:"external_user_id"`
	Rule, Fault       string
	Session           string
}

// lookAtRequests holds the journal to the model.
func (w *worker) lookAtRequests(ctx context.Context) error {
	var got struct{ Requests []listed }
	if ok, err := w.control(ctx, http.MethodGet, "/requests"+w.ofClient()+"&limit=1000&brief=yes", nil, &got, http.StatusOK); !ok {
		return err
	}
	slices.Reverse(got.Requests) // the oldest first
	w.equal("how many requests there are", len(got.Requests), len(w.m.journal))
	for i, x := range w.m.journal[:min(len(w.m.journal), len(got.Requests))] {
		w.compare(got.Requests[i], x)
	}
	return nil
}

// compare holds a listed exchange to the model, and takes from it what only it tells.
func (w *worker) compare(got listed, x *exchange) {
	want := listed{
		ID: x.id, Outcome: x.outcome, Work: x.work, Status: x.status, Product: x.product, User: x.user, Rule: x.rule, Fault: x.fault,
	}
	if x.id == "" {
		x.id, want.ID = got.ID, got.ID
	}
	if x.fault != "" && x.rule == "" {
		x.rule, want.Rule = got.Rule, got.Rule
	}
	if x.session != nil {
		w.m.learn(x.session, got.Session)
		want.Session = x.session.id
	}
	if x.outcome == routeNotFound || x.outcome == notAllowed || x.outcome == tooLarge {
		got.Product, got.User = x.product, x.user // it is not said whether they are read then
	}
	w.equal("request "+got.ID, got, want)
}

// lookAtRequest looks at one request.
func (w *worker) lookAtRequest(ctx context.Context) error {
	i := w.r.IntN(keptPerOne)
	if i >= len(w.m.journal) || w.m.journal[i].id == "" {
		return nil
	}
	x := w.m.journal[i]
	var got listed
	if ok, err := w.control(ctx, http.MethodGet, "/requests/"+x.id, nil, &got, http.StatusOK); !ok {
		return err
	}
	w.compare(got, x)
	_, err := w.control(ctx, http.MethodGet, "/requests/"+x.id+"?as=curl", nil, nil, http.StatusOK)
	return err
}

// lookAtCoverage holds the coverage to the model.
func (w *worker) lookAtCoverage(ctx context.Context) error {
	var got struct {
		Outcomes []struct {
			Name  string
			Count int
		}
	}
	if ok, err := w.control(ctx, http.MethodGet, "/coverage"+w.ofClient(), nil, &got, http.StatusOK); !ok {
		return err
	}
	for _, o := range got.Outcomes {
		w.equal("the coverage of "+o.Name, o.Count, w.m.coverage[o.Name])
	}
	return nil
}

// lookAtConduct asks for the judgement, whatever it is.
func (w *worker) lookAtConduct(ctx context.Context) error {
	_, err := w.control(ctx, http.MethodGet, "/conduct"+w.ofClient(), nil, nil, http.StatusOK)
	return err
}

// verify holds the sandbox to a count that is right, or to one that is not. If some
// requests are no longer kept, it can say of no count that there were not more.
func (w *worker) verify(ctx context.Context) error {
	outcome := []string{created, noAccess, authFailed, rateLimited, "TypeRequired", "reset"}[w.r.IntN(6)]
	word := []string{"count", "at_least"}[w.r.IntN(2)]
	count, want := w.m.count(outcome), http.StatusOK
	if w.r.IntN(2) == 0 {
		count, want = count+1, http.StatusConflict
	}
	if word == "count" && w.m.isDropped {
		want = http.StatusConflict
	}
	_, err := w.control(ctx, http.MethodPost, "/verify", map[string]any{"client": w.m.id, "outcome": outcome, word: count}, nil, want)
	return err
}

// wait waits for what is there already, or for one request more than there will be.
func (w *worker) wait(ctx context.Context) error {
	count, want := len(w.m.journal), http.StatusOK
	if w.r.IntN(2) == 0 || count == 0 {
		count, want = count+1, http.StatusConflict
	}
	timeout := map[int]string{http.StatusOK: "10s", http.StatusConflict: "1ms"}[want]
	path := fmt.Sprintf("/requests/wait%s&count=%d&timeout=%s&brief=yes", w.ofClient(), count, timeout)
	_, err := w.control(ctx, http.MethodGet, path, nil, nil, want)
	return err
}

// awaitOutcome waits until the journal has so many requests of an outcome.
func (w *worker) awaitOutcome(ctx context.Context, outcome string, count int) error {
	path := fmt.Sprintf("/requests/wait%s&outcome=%s&count=%d&timeout=10s&brief=yes", w.ofClient(), url.QueryEscape(outcome), count)
	_, err := w.control(ctx, http.MethodGet, path, nil, nil, http.StatusOK)
	return err
}
