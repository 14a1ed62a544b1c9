package server

import (
	"cmp"
	"net/http"
	"strings"

	"knotsandbox/admin"
	"knotsandbox/faults"
	"knotsandbox/handlers"
	"knotsandbox/knot"
)

// faultHeader is the door of a fault on a request, and names the fault on its
// answer.
const faultHeader = "X-Sandbox-Fault"

// InlineFaults are the doors by which a request can carry its own fault. The
// zero value has all of them open.
type InlineFaults struct {
	HeaderOff bool // X-Sandbox-Fault is not read
	ValueOff  bool // external_user_id "sandbox:<fault>" is an id like any other
}

// aroundCall carries out a call of the emulated API, or the fault that hits it.
func (s *Server) aroundCall(w http.ResponseWriter, c *handlers.Call) {
	decision, hit, problem := s.decide(c)
	switch {
	case problem != nil:
		c.Fault = handlers.Fault{Outcome: knot.InvalidFault, Status: problem.Status, Hint: problem.Message, Evidence: knot.Assumed}
		admin.WriteProblem(w, problem)
	case hit:
		s.deliver(w, c, decision)
	default:
		c.Work(w)
	}
}

// decide asks the doors in their order: header, value, rules. A fault that
// comes with the request and does not parse is a problem, not ignored.
func (s *Server) decide(c *handlers.Call) (faults.Decision, bool, *admin.Problem) {
	header, value := "", ""
	if !s.config.InlineFaults.HeaderOff {
		header = c.Header(faultHeader)
	}
	if text, ok := strings.CutPrefix(c.ExternalUserID, faults.ValuePrefix); ok && !s.config.InlineFaults.ValueOff {
		value = text
	}
	if header == "" && value == "" && !s.faults.Armed() {
		return faults.Decision{}, false, nil
	}
	r := faults.Request{
		Client: c.ClientID, Product: c.Product, User: c.ExternalUserID,
		Header: c.Request.Header, Method: c.Request.Method, Path: c.Request.URL.Path,
	}
	now, seed := s.store.Now(c.ClientID), s.seedOf(c.ClientID)
	for _, door := range [...]struct{ name, text string }{{faultHeader, header}, {"external_user_id", value}} {
		if door.text == "" {
			continue
		}
		fault, err := s.language.Load().Parse(door.text)
		if err != nil {
			return faults.Decision{}, false, admin.InvalidFault(door.name, err)
		}
		if d, hit := s.faults.DecideInline(now, seed, r, fault); hit {
			return d, true, nil
		}
	}
	d, hit := s.faults.Decide(now, seed, r)
	return d, hit, nil
}

// deliver lets a fault happen.
func (s *Server) deliver(w http.ResponseWriter, c *handlers.Call, d faults.Decision) {
	effect := d.Effect
	c.Fault = s.describe(d)
	s.mark(w, c.Fault)
	var answer faults.Answer
	if effect.AfterWork {
		answer = record(c)
	}
	if err := effect.Wait(w, c.Request); err != nil {
		s.config.Log.Debug("delay ended early", "request", c.ID, "fault", d.ID, "cause", err)
	}
	switch {
	case effect.Kind == faults.Outcome:
		status, header, body := handlers.ErrorAnswer(s.outcomes[effect.Name])
		answer = faults.Answer{Status: status, Header: header, Body: []byte(body)}
	case effect.WorksFirst() && !effect.AfterWork:
		answer = record(c)
	}
	w = early(w, c, effect, answer)
	c.Fault.CutShort = true // until it has come to its end: it may panic
	err := effect.Deliver(w, c.Request, answer, s.store.Now(c.ClientID))
	c.Fault.CutShort = err != nil
	if err != nil {
		s.config.Log.Debug("fault was cut short", "request", c.ID, "fault", d.ID, "cause", err)
	}
}

// describe tells the observer what a fault does.
func (s *Server) describe(d faults.Decision) handlers.Fault {
	effect := d.Effect
	f := handlers.Fault{
		Rule: d.ID, Effect: effect.String(), Word: effect.Word(), Outcome: effect.Word(), RetryAfter: effect.RetryAfter, Evidence: knot.Assumed,
	}
	switch effect.Kind {
	case faults.Proceed, faults.Drip:
		f.Outcome, f.Evidence = "", "" // the real answer goes out, in its way
	case faults.Truncate:
		f.Evidence = "" // the real answer goes out, a piece of it
	case faults.Outcome:
		e := s.outcomes[effect.Name]
		f.Status, f.Answer, f.Evidence = e.Status, e.Body(), e.Evidence
		if effect.Name == faults.RateLimited {
			f.RetryAfter = cmp.Or(effect.RetryAfter, faults.DefaultRetryAfter)
		}
	case faults.Gateway:
		f.Status = gatewayStatuses[effect.Name]
	case faults.Malformed, faults.Empty:
		f.Status = http.StatusOK
	}
	return f
}

// gatewayStatuses are the statuses of a proxy's pages.
var gatewayStatuses = map[string]int{
	faults.BadGateway:         http.StatusBadGateway,
	faults.ServiceUnavailable: http.StatusServiceUnavailable,
	faults.GatewayTimeout:     http.StatusGatewayTimeout,
}

// mark says out of band which fault it was.
func (s *Server) mark(w http.ResponseWriter, f handlers.Fault) {
	if s.config.OutOfBandOff {
		return
	}
	w.Header().Set(faultHeader, f.Rule+" "+f.Effect)
	if f.Evidence != "" {
		w.Header().Set("X-Sandbox-Evidence", string(f.Evidence))
	}
}

// recorder keeps an answer instead of sending it.
type recorder struct{ answer faults.Answer }

// record carries a call out and returns what it answers.
func record(c *handlers.Call) faults.Answer {
	r := &recorder{faults.Answer{Status: http.StatusOK, Header: http.Header{}}}
	c.Work(r)
	return r.answer
}

// Header returns the header of the answer.
func (r *recorder) Header() http.Header { return r.answer.Header }

// WriteHeader keeps the status.
func (r *recorder) WriteHeader(status int) { r.answer.Status = status }

// Write keeps a piece of the body.
func (r *recorder) Write(b []byte) (int, error) {
	r.answer.Body = append(r.answer.Body, b...)
	return len(b), nil
}

// seedOf returns the seed of a client's chances.
func (s *Server) seedOf(clientID string) uint64 {
	if c, err := s.store.Client(clientID); err == nil && c.Seed.IsSet {
		return c.Seed.Value
	}
	return s.seed
}
