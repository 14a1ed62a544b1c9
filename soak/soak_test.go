package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine is left behind by the tests of this package.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The shortest soak there is: one round.
func TestSoak(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	ok, err := run(t.Context(), []string{"-for", "1ns", "-clients", "4", "-seed", "1"}, &out)
	if err != nil || !ok {
		t.Errorf("run() = %v, %v, want true; it printed\n%s", ok, err, &out)
	}
	if want := "soak: differences 0, leaked goroutines 0\n"; !strings.Contains(out.String(), want) {
		t.Errorf("it printed\n%s\nwant %s", &out, want)
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-for", "0s"}, {"-clients", "0"}, {"x"}, {"-for", "1ns", "-program", "/does/not/exist"}} {
		var out bytes.Buffer
		if ok, err := run(context.Background(), args, &out); ok || err == nil {
			t.Errorf("run(%q) = %v, %v, want an error", args, ok, err)
		}
	}
}

// ada returns a model of a client, and a good request of it.
func ada() (*model, *request) {
	m := &model{id: "ada", secret: "made-up", ids: map[uint64][]string{}, coverage: map[string]int{}}
	m.reset()
	return m, &request{
		call:    call{method: http.MethodPost, path: "/session/create", id: "ada", secret: "made-up"},
		product: "link", user: "u",
	}
}

// right returns the reply that is expected.
func right() reply {
	h := http.Header{}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-cache, private", "X-Sandbox-Evidence": "documented",
		"X-Sandbox-Request-Id": "r1", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59",
	} {
		h.Set(name, value)
	}
	return reply{status: 200, header: h, body: `{"session":"915efe72-5136-4652-891d-d9d48003c102"}`}
}

// Whatever is not as it should be is found.
func TestJudge(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*reply){
		"":                      func(*reply) {},
		"the connection":        func(a *reply) { *a = reply{broken: brokenReset} },
		"status":                func(a *reply) { a.status = 201 },
		"body":                  func(a *reply) { a.body += "\n" },
		"Content-Type":          func(a *reply) { a.header.Set("Content-Type", "application/json; charset=UTF-8") },
		"X-Ratelimit-Remaining": func(a *reply) { a.header.Set("X-RateLimit-Remaining", "60") },
		"X-Sandbox-Fault":       func(a *reply) { a.header.Set("X-Sandbox-Fault", "f1 NoAccess") },
	} {
		o, a := &oracle{catalogue: theCatalogue()}, right()
		m, q := ada()
		spoil(&a)
		found := m.judge(o.predict(m, q), a)
		if name == "" && len(found) > 0 || name != "" && (len(found) != 1 || !strings.HasPrefix(found[0], name+" is ")) {
			t.Errorf("%q spoilt: differences %q", name, found)
		}
	}
}

// A session id that was given before, for the same seed, is given again after a reset.
func TestJudgeOfIDs(t *testing.T) {
	t.Parallel()
	o := &oracle{catalogue: theCatalogue()}
	m, q := ada()
	if found := m.judge(o.predict(m, q), right()); len(found) > 0 {
		t.Fatalf("differences %q, want none", found)
	}
	m.reset()
	other := right()
	other.body = strings.Replace(other.body, "915e", "815e", 1)
	if found := m.judge(o.predict(m, q), other); len(found) != 1 {
		t.Errorf("another id after a reset: differences %q, want one", found)
	}
}

// Schedules of the model, as the contract of faults has them.
func TestSchedules(t *testing.T) {
	t.Parallel()
	oops := effect{kind: "outcome", name: noAccess}
	for _, c := range []struct {
		stages []*stage
		every  time.Duration
		want   string
	}{
		{[]*stage{{effect: oops, times: 2}}, 0, "110000"},
		{[]*stage{{effect: oops, times: 2, skip: 1}}, 0, "011000"},
		{[]*stage{{effect: oops, span: 3 * time.Second}}, time.Second, "111000"},
		{[]*stage{{effect: oops, span: time.Second}, {isWell: true, span: 2 * time.Second}, {effect: oops, times: 2}}, time.Second, "100110"},
	} {
		r, got := &rule{armed: beginning, stages: c.stages}, ""
		for i := range 6 {
			hit := 0
			if r.meet(beginning.Add(time.Duration(i)*c.every)) != nil {
				hit = 1
			}
			got += fmt.Sprint(hit)
		}
		if got != c.want {
			t.Errorf("%s: hits %s, want %s", r.fault(), got, c.want)
		}
	}
}
