package admin

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/faults"
	"knotsandbox/journal"
	"knotsandbox/knot"
)

// filterInput says which exchanges are meant. The fields have the names of the
// query parameters.
type filterInput struct {
	Client    string `json:"client"`
	Strangers string `json:"strangers"` // yes: only of callers that are no client
	Product   string `json:"product"`
	User      string `json:"user"`
	Outcome   string `json:"outcome"`
	Fault     string `json:"fault"`
	Session   string `json:"session"`
	Text      string `json:"text"`
	Since     string `json:"since"` // a time, or a span before now
	Until     string `json:"until"`
	After     uint64 `json:"after"`
	Before    uint64 `json:"before"`
}

// filterNames are the query parameters of a filter.
func filterNames() []string {
	return []string{"client", "strangers", "product", "user", "outcome", "fault", "session", "text", "since", "until", "after", "before"}
}

// queryFilter reads a filter from query parameters, of which there may be others
// as well, which are returned.
func (a *API) queryFilter(c echo.Context, others ...string) (journal.Filter, map[string]string, error) {
	p, err := query(c, append(filterNames(), others...)...)
	if err != nil {
		return journal.Filter{}, nil, err
	}
	in := filterInput{
		Client: p["client"], Strangers: p["strangers"], Product: p["product"], User: p["user"], Outcome: p["outcome"],
		Fault: p["fault"], Session: p["session"], Text: p["text"], Since: p["since"], Until: p["until"],
	}
	for name, position := range map[string]*uint64{"after": &in.After, "before": &in.Before} {
		if p[name] == "" {
			continue
		}
		if *position, err = strconv.ParseUint(p[name], 10, 64); err != nil {
			return journal.Filter{}, nil, invalid(name, fmt.Sprintf("%q is not a position", p[name]), "give the position of an exchange, a whole number")
		}
	}
	f, err := a.filter(in)
	return f, p, err
}

// filter checks an input: what no exchange could ever be is refused, since who
// asks for it has misspelt it.
func (a *API) filter(in filterInput) (journal.Filter, error) {
	f := journal.Filter{
		Client: in.Client, Product: in.Product, User: in.User, Outcome: in.Outcome, Fault: in.Fault,
		SessionID: in.Session, Text: in.Text, After: in.After, Before: in.Before,
	}
	if err := a.knowsClient(in.Client); err != nil {
		return f, err
	}
	var err error
	if f.Strangers, err = yesOrNo("strangers", in.Strangers); err != nil {
		return f, err
	}
	if in.Product != "" {
		if _, err := knot.ParseProduct(in.Product); err != nil {
			return f, invalid("product", err.Error(), "give one of these, or use text for what is no product")
		}
	}
	if outcomes := outcomeNames(); in.Outcome != "" && !slices.Contains(outcomes, in.Outcome) {
		return f, invalid("outcome", fmt.Sprintf("there is no outcome %q", in.Outcome), "the outcomes are "+strings.Join(outcomes, ", "))
	}
	if err := a.checkFault(in.Fault); err != nil {
		return f, err
	}
	if f.Since, err = a.moment("since", in.Since, in.Client); err != nil {
		return f, err
	}
	f.Until, err = a.moment("until", in.Until, in.Client)
	return f, err
}

// ruleID is the id of a rule or of an inline fault, which may be gone by now.
var ruleID = regexp.MustCompile(`^[fi][0-9]+$`)

// checkFault refuses what names no fault: neither a rule, nor a word of the fault
// language, nor an effect as it is shown.
func (a *API) checkFault(text string) error {
	words := append([]string{journal.AnyFault, journal.NoFault, "delay", "drip", "retry-after", "phase"}, faults.Outcomes()...)
	for _, e := range knot.Errors() {
		words = append(words, e.Name)
	}
	word, _, _ := strings.Cut(text, "=")
	if text == "" || slices.Contains(words, word) || ruleID.MatchString(text) {
		return nil
	}
	if _, err := a.sandbox.Plan("", faults.Match{}, text, faults.Traffic{Requests: 1}); err == nil {
		return nil
	}
	return invalid("fault", fmt.Sprintf("there is no fault %q", text), "give the id of a rule, or one of "+strings.Join(words, ", "))
}

// outcomeNames returns the names of all that can go out.
func outcomeNames() []string { return append(knot.Outcomes(), faults.Outcomes()...) }

// knowsClient reports an error if there is no client of an id that is not empty.
func (a *API) knowsClient(id string) error {
	if id == "" {
		return nil
	}
	_, err := a.sandbox.Client(id)
	return err
}

func yesOrNo(field, text string) (bool, error) {
	switch text {
	case "yes":
		return true, nil
	case "no", "":
		return false, nil
	}
	return false, invalid(field, fmt.Sprintf("%s is %q", field, text), "give yes or no, or leave it out")
}

// moment reads a time, or a span before what a client's clock shows.
func (a *API) moment(field, text, client string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	span, err := time.ParseDuration(text)
	if err != nil || span < 0 {
		return time.Time{}, invalid(field, fmt.Sprintf("%q is neither a time nor a time span", text), "write it as 2030-01-01T00:00:00Z, or as 5m for five minutes ago")
	}
	_, now, err := a.sandbox.Clock(client)
	return now.Add(-span), err
}

// count reads a number from a query parameter; fallback stands in if there is
// none.
func count(field, text string, fallback, most int) (int, error) {
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, invalid(field, fmt.Sprintf("%q is not a number from 1 to %d", text, most), "give one, or leave it out")
	}
	return n, nil
}
