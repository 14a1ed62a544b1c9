package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/journal"
)

// The bounds of the questions to the journal.
const (
	maxListed   = 1000
	defaultWait = 10 * time.Second
	maxWait     = 5 * time.Minute
)

// requests lists exchanges, the newest first.
func (a *API) requests(c echo.Context) error {
	f, p, err := a.queryFilter(c, "limit", "brief")
	if err != nil {
		return err
	}
	limit, err := count("limit", p["limit"], 100, maxListed)
	if err != nil {
		return err
	}
	brief, err := yesOrNo("brief", p["brief"])
	if err != nil {
		return err
	}
	page, stats := a.sandbox.Journal().Find(f, limit), a.sandbox.Journal().Stats()
	writeJSON(c.Response(), http.StatusOK, struct {
		Requests []journal.Exchange `json:"requests"`
		Total    uint64             `json:"total"`
		Kept     int                `json:"kept"`
		Dropped  uint64             `json:"dropped"`
		Next     uint64             `json:"next,omitempty"`
	}{shown(page.Exchanges, brief), stats.Total, stats.Kept, stats.Dropped, page.Next})
	return nil
}

// shown returns exchanges as a list shows them.
func shown(list []journal.Exchange, brief bool) []journal.Exchange {
	if list == nil {
		return []journal.Exchange{}
	}
	if brief {
		for i, e := range list {
			list[i] = e.Brief()
		}
	}
	return list
}

// request shows one exchange, or with ?as= what could be made of it.
func (a *API) request(c echo.Context) error {
	p, err := query(c, "as")
	if err != nil {
		return err
	}
	e, ok := a.sandbox.Journal().Lookup(c.Param("id"))
	if !ok {
		return &Problem{
			Status: http.StatusNotFound, Code: "unknown_request", Field: "id",
			Message: fmt.Sprintf("the journal has no request %q", c.Param("id")),
			Next:    "GET " + Prefix + "/requests lists those that it has; older ones may have been dropped",
		}
	}
	forms := a.formsOf(&e, a.sandbox.EmulatedURL(c.Request()))
	switch p["as"] {
	case "":
		writeJSON(c.Response(), http.StatusOK, requestView{e, forms})
	case "curl":
		writeText(c.Response(), forms.Curl)
	case "go":
		writeText(c.Response(), forms.Go)
	case "fault":
		writeText(c.Response(), forms.Fault)
	default:
		return invalid("as", fmt.Sprintf("as is %q", p["as"]), "give curl, go or fault, or leave it out")
	}
	return nil
}

// clearRequests forgets the exchanges of a client, or all.
func (a *API) clearRequests(c echo.Context) error {
	p, err := query(c, "client")
	if err != nil {
		return err
	}
	if err := a.knowsClient(p["client"]); err != nil {
		return err
	}
	a.sandbox.Journal().Clear(p["client"])
	c.Response().WriteHeader(http.StatusNoContent)
	return nil
}

// wait answers when there are so many exchanges, or when the time is over, the
// caller leaves or the sandbox stops.
func (a *API) wait(c echo.Context) error {
	f, p, err := a.queryFilter(c, "count", "timeout", "brief")
	if err != nil {
		return err
	}
	n, err := count("count", p["count"], 1, maxListed)
	if err != nil {
		return err
	}
	brief, err := yesOrNo("brief", p["brief"])
	if err != nil {
		return err
	}
	timeout, err := waitTime(p["timeout"])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), timeout)
	defer cancel()
	extend(c, timeout)
	list, err := a.sandbox.Journal().Await(ctx, f, n)
	if err != nil {
		until := fmt.Sprintf("within %v", timeout)
		if !errors.Is(err, context.DeadlineExceeded) {
			until = "before the sandbox stopped"
		}
		a.notMet(c, f, list, fmt.Sprintf("%d of %d requests came %s", len(list), n, until))
		return nil
	}
	writeJSON(c.Response(), http.StatusOK, map[string]any{"requests": shown(list, brief)})
	return nil
}

// answerTime is how long a caller that waited has to take its answer.
const answerTime = time.Minute

// extend lets an answer take longer than the server's time limit. A writer that has no
// limit has none to extend.
func extend(c echo.Context, wait time.Duration) {
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(wait + answerTime))
}

func waitTime(text string) (time.Duration, error) {
	if text == "" {
		return defaultWait, nil
	}
	timeout, err := parseSpan("timeout", text)
	if err != nil {
		return 0, err
	}
	if timeout <= 0 || timeout > maxWait {
		return 0, invalid("timeout", fmt.Sprintf("timeout is not more than nothing and at most %v", maxWait), "wait again when it is over")
	}
	return timeout, nil
}

// notMet answers that what was waited for did not come.
func (a *API) notMet(c echo.Context, f journal.Filter, came []journal.Exchange, message string) {
	ids := []string{}
	for _, e := range came {
		ids = append(ids, e.ID)
	}
	writeFailed(c, failedView{
		Error: Problem{Code: "not_met", Message: message, Next: "look at what came nearest, or wait longer with timeout"},
		Count: len(came), Requests: ids, Nearest: a.sandbox.Journal().Nearest(f),
	})
}

// expectationInput is what the journal is held to.
type expectationInput struct {
	filterInput
	Count   *int          `json:"count"`
	AtLeast *int          `json:"at_least"`
	AtMost  *int          `json:"at_most"`
	Order   []filterInput `json:"order"`
}

// verify answers whether an expectation holds; if not, with what came nearest.
func (a *API) verify(c echo.Context) error {
	var in expectationInput
	if err := decode(c, &in); err != nil {
		return err
	}
	x, err := a.expectation(in)
	if err != nil {
		return err
	}
	v := a.sandbox.Journal().Verify(x)
	if v.OK {
		writeJSON(c.Response(), http.StatusOK, map[string]any{"verified": true, "count": v.Count, "requests": v.Requests})
		return nil
	}
	writeFailed(c, failedView{
		Error: Problem{
			Code: "verification_failed", Message: v.Reason,
			Next: "look at requests and nearest, and at GET " + Prefix + "/requests/{id} for the whole of one",
		},
		Count: v.Count, Requests: v.Requests, Nearest: v.Nearest,
	})
	return nil
}

// check refuses an expectation that says nothing or contradicts itself.
func (in expectationInput) check() error {
	if reflect.ValueOf(in).IsZero() {
		return invalid("", "the expectation is empty", `say what shall have come, as {"outcome": "Created", "count": 1}`)
	}
	bounded := in.AtLeast != nil || in.AtMost != nil
	switch {
	case in.Count != nil && bounded:
		return invalid("count", "count is exact and goes alone", "give count, or at_least and at_most")
	case len(in.Order) > 0 && (bounded || in.Count != nil):
		return invalid("order", "an order has no count", "verify the count apart")
	case in.Order != nil && len(in.Order) == 0:
		return invalid("order", "the order is empty", "give its steps, or leave it out")
	case len(in.Order) > maxListed:
		return invalid("order", fmt.Sprintf("an order has at most %d steps", maxListed), "verify it in parts")
	}
	for field, n := range map[string]*int{"count": in.Count, "at_least": in.AtLeast, "at_most": in.AtMost} {
		if n != nil && *n < 0 {
			return invalid(field, field+" is less than nothing", "give a number from 0 on")
		}
	}
	if in.AtLeast != nil && in.AtMost != nil && *in.AtLeast > *in.AtMost {
		return invalid("at_least", "at_least is more than at_most", "exchange them")
	}
	return nil
}

func (a *API) expectation(in expectationInput) (journal.Expectation, error) {
	x := journal.Expectation{Count: in.Count, AtLeast: in.AtLeast, AtMost: in.AtMost}
	var err error
	if x.Filter, err = a.filter(in.filterInput); err != nil {
		return x, err
	}
	if err := in.check(); err != nil {
		return x, err
	}
	for _, step := range in.Order {
		f, err := a.filter(step)
		if err != nil {
			return x, err
		}
		x.Order = append(x.Order, f)
	}
	return x, nil
}

// failedView is a question to the journal whose answer is no.
type failedView struct {
	Error    Problem        `json:"error"`
	Count    int            `json:"count"`
	Requests []string       `json:"requests,omitempty"`
	Nearest  []journal.Miss `json:"nearest"`
}

// writeFailed answers that it is no. In JSON, nearest is a list, be it empty.
func writeFailed(c echo.Context, v failedView) {
	if v.Nearest == nil {
		v.Nearest = []journal.Miss{}
	}
	writeJSON(c.Response(), http.StatusConflict, v)
}
