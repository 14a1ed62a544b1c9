package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// markHeader marks the requests that the rule for everyone is for.
const markHeader = "X-Soak"

// someRequest draws a request of a client.
func someRequest(r *rand.Rand, m *model, names []string) *request {
	q := &request{call: call{method: "POST", path: "/session/create", id: m.id, secret: m.secret}}
	user := fmt.Sprintf("%s%d", []string{"u", "vip"}[r.IntN(2)], r.IntN(10))
	if r.IntN(8) == 0 {
		q.mark = "yes"
	}
	switch n := r.IntN(100); {
	case n < 20:
		q.spoil(r, user)
	case n < 23:
		q.misroute(r, user)
	case n < 26:
		q.good(r, user)
		q.secret = "wrong"
	case n < 28:
		q.good(r, user)
		q.fault = badFault
	case n < 34:
		q.header = someInline(r, m, names)
		q.fault = q.header.fault()
		q.good(r, user)
	case n < 42:
		q.value = someInline(r, m, names)
		q.good(r, "sandbox:"+q.value.fault())
	default:
		q.good(r, user)
	}
	return q
}

// good gives a request a good body.
func (q *request) good(r *rand.Rand, user string) {
	q.user, q.product = user, products[r.IntN(len(products))]
	body := goods[q.product]
	if q.product == "link" && r.IntN(3) == 0 {
		q.isPhoned, body = true, phoned
	}
	q.body = fmt.Sprintf(body, user)
}

// spoil gives it a body with a mistake.
func (q *request) spoil(r *rand.Rand, user string) {
	all := mistakes()
	m := all[r.IntN(len(all))]
	q.mistake, q.body = m.outcome, fmt.Sprintf(m.body, user)
	if strings.HasSuffix(q.body, "}") { // else it does not decode
		_, after, _ := strings.Cut(q.body, `"type":"`)
		q.product, _, _ = strings.Cut(after, `"`)
		if _, after, ok := strings.Cut(q.body, `"external_user_id":`); ok {
			q.user = strings.Trim(after[:strings.IndexAny(after, ",}")], `"`) // a list stays as it is
		}
	}
}

// misroute lets it go where no operation is.
func (q *request) misroute(r *rand.Rand, user string) {
	q.good(r, user)
	switch r.IntN(3) {
	case 0:
		q.mistake, q.path = routeNotFound, "/nowhere"
	case 1:
		q.mistake, q.method = notAllowed, "GET"
	case 2:
		q.mistake, q.body = tooLarge, q.body+strings.Repeat(" ", maxBody)
	}
}

// someInline draws a fault that comes with a request: one that came before, or another.
func someInline(r *rand.Rand, m *model, names []string) *rule {
	if len(m.inline) > 0 && r.IntN(2) == 0 {
		return m.inline[r.IntN(len(m.inline))]
	}
	return &rule{isInline: true, stages: []*stage{someStage(r, names)}}
}
