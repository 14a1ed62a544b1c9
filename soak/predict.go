package main

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// request is a call with what the model has to know of it.
type request struct {
	call
	product, user string // as sent, if they are texts
	mistake       string // the outcome that the call asks for by itself; empty if it is a good one
	isPhoned      bool   // it holds a number that only the strictest level refuses
	header        *rule  // the fault in its header
	value         *rule  // and in its external user id
}

// isRouted reports whether the call gets as far as the operation.
func (q *request) isRouted() bool {
	return q.mistake != routeNotFound && q.mistake != notAllowed && q.mistake != tooLarge
}

// expected is what should come back.
type expected struct {
	broken   string
	status   int
	body     string            // unless it is a session
	session  *session          // the body holds this one
	size     int               // of the body that arrives of a truncated one
	header   map[string]string // of an empty value: not there
	rule     *rule             // that was met
	exchange *exchange
}

// oracle predicts answers.
type oracle struct {
	catalogue catalogue
	everyones *rule        // nil if there is none
	met       atomic.Int64 // how often it was
}

// badFault is the text of a fault that there is not.
const badFault = "NoAcess"

// predict says what a request should get, and brings the model to what it should be
// then.
func (o *oracle) predict(m *model, q *request) *expected {
	x := &exchange{product: q.product, user: q.user}
	var e *expected
	switch {
	case !q.isRouted():
		e = o.answer(x, q.mistake)
	case q.fault == badFault:
		x.outcome = invalidFault
		e = &expected{status: http.StatusBadRequest, header: map[string]string{"X-Sandbox-Fault": ""}}
	default:
		e = o.operate(m, q, x)
	}
	e.exchange = x
	if x.status = e.status; e.broken != "" && e.broken != brokenTruncate {
		x.status = 0
	}
	m.record(x)
	return e
}

// operate predicts the answer of the operation, or of the fault that is met.
func (o *oracle) operate(m *model, q *request, x *exchange) *expected {
	r, hit := o.meet(m, q)
	if hit == nil {
		e := o.work(m, q, x)
		e.header["X-Sandbox-Fault"] = ""
		return e
	}
	x.rule, x.fault = r.id, hit.String()
	e := &expected{}
	if hit.works() {
		e = o.work(m, q, x)
	}
	if !hit.passesOn() {
		x.work, x.outcome = x.outcome, hit.outcome()
		e = o.instead(e, *hit)
	}
	e.rule = r
	return e
}

// meet asks the doors in their order, then the client's own rules, then everyone's.
func (o *oracle) meet(m *model, q *request) (*rule, *effect) {
	for _, r := range []*rule{q.header, q.value} {
		if r == nil {
			continue
		}
		if hit := m.inlined(r).meet(m.now); hit != nil {
			return m.inlined(r), hit
		}
	}
	for _, r := range m.rules {
		if !r.matches(q) {
			continue
		}
		if hit := r.meet(m.now); hit != nil {
			return r, hit
		}
	}
	if r := o.everyones; r != nil && q.mark != "" {
		o.met.Add(1)
		return r, &r.stages[0].effect
	}
	return nil, nil
}

// inlined returns the fault of that text that came with requests before, or this one.
func (m *model) inlined(r *rule) *rule {
	if i := slices.IndexFunc(m.inline, func(other *rule) bool { return other.fault() == r.fault() }); i >= 0 {
		return m.inline[i]
	}
	r.armed = m.now
	m.inline = append(m.inline, r)
	return r
}

// work predicts what the operation does and answers.
func (o *oracle) work(m *model, q *request, x *exchange) *expected {
	left, exceeded := m.take()
	var e *expected
	switch {
	case exceeded:
		e = o.answer(x, rateLimited)
		end := m.quota.began.Add(time.Minute)
		e.header["Retry-After"] = strconv.Itoa(int((end.Sub(m.now) + time.Second - 1) / time.Second))
		e.header["X-RateLimit-Reset"] = strconv.FormatInt(end.Unix(), 10)
	case q.secret != m.secret:
		e = o.answer(x, authFailed)
	case q.mistake != "":
		e = o.answer(x, q.mistake)
	case q.isPhoned && m.phone == "valid":
		e = o.answer(x, invalidPhone)
		e.header["X-Sandbox-Evidence"] = "assumed" // the level is the sandbox's own
	case !slices.Contains(m.products, q.product):
		e = o.answer(x, noAccess)
	default:
		e = o.answer(x, created)
		e.session = m.create(q)
		x.session = e.session
	}
	e.header["X-Ratelimit-Limit"], e.header["X-Ratelimit-Remaining"] = strconv.Itoa(quota), strconv.Itoa(left)
	return e
}

// answer predicts an answer of the API.
func (o *oracle) answer(x *exchange, name string) *expected {
	out := o.catalogue[name]
	x.outcome = name
	return &expected{status: out.Status, body: out.Body, header: map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-cache, private", "X-Sandbox-Evidence": out.Evidence,
	}}
}

// instead predicts what an effect lets the caller see in place of an answer, which it
// may be made of.
func (o *oracle) instead(answer *expected, hit effect) *expected {
	e := &expected{broken: broken[hit.kind], header: map[string]string{}}
	switch hit.kind {
	case "outcome":
		e = o.answer(&exchange{}, hit.name)
	case "gateway":
		e.status, e.body = pages[hit.name].status, page(pages[hit.name].title)
	case truncateEffect:
		e = answer
		e.broken, e.size = brokenTruncate, hit.size
	case "malformed":
		e.status, e.body = http.StatusOK, `{"session":"4b7c1f0e-93d2-4`
	case "empty":
		e.status = http.StatusOK
	}
	if hit.retry > 0 {
		e.header["Retry-After"] = strconv.Itoa(hit.retry)
	}
	return e
}

// judge returns how a reply differs from what was expected, and takes from it what the
// model could not know.
func (m *model) judge(e *expected, a reply) []string {
	var found []string
	differ := func(what, got, want string) {
		if got != want {
			found = append(found, what+" is "+strconv.Quote(got)+", want "+strconv.Quote(want))
		}
	}
	if differ("the connection", a.broken, e.broken); a.broken != e.broken || a.status == 0 {
		return found
	}
	e.exchange.id = a.header.Get("X-Sandbox-Request-Id")
	differ("status", strconv.Itoa(a.status), strconv.Itoa(e.status))
	for _, name := range slices.Sorted(maps.Keys(e.header)) {
		differ(name, a.header.Get(name), e.header[name])
	}
	if e.rule != nil {
		id, text, _ := strings.Cut(a.header.Get("X-Sandbox-Fault"), " ")
		if e.rule.id == "" {
			e.rule.id, e.exchange.rule = id, id
		}
		differ("X-Sandbox-Fault", id+" "+text, e.rule.id+" "+e.exchange.fault)
	}
	if e.exchange.outcome == invalidFault {
		differ("a problem", strconv.FormatBool(strings.Contains(a.body, `"code": "invalid_fault"`)), "true")
		return found
	}
	differ("body", a.body, m.bodyOf(e, a.body))
	return found
}

// bodyOf returns the body that is expected; of a session whose id is not known, one
// with the id that came.
func (m *model) bodyOf(e *expected, got string) string {
	body := e.body
	if e.session != nil {
		if id := sessionBody.FindStringSubmatch(got); id != nil {
			m.learn(e.session, id[1])
		}
		body = `{"session":"` + e.session.id + `"}`
		if e.session.id == "" && e.broken == brokenTruncate {
			body = `{"session":"` + strings.TrimPrefix(got, `{"session":"`)
		}
	}
	if e.broken == brokenTruncate {
		body = body[:min(len(body), e.size)]
	}
	return body
}
