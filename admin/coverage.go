package admin

import (
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/labstack/echo/v4"

	"knotsandbox/faults"
	"knotsandbox/journal"
	"knotsandbox/knot"
)

// The groups of outcomes.
const (
	documented   = "documented"   // on the vendor's page
	undocumented = "undocumented" // the rest of the catalogue
	failure      = "failure"      // what a proxy or a broken connection gives
)

// outcomeView is an outcome and how often it went out.
type outcomeView struct {
	Name     string        `json:"name"`
	Group    string        `json:"group"`
	Status   int           `json:"status,omitempty"` // of an answer that always has the same
	Evidence knot.Evidence `json:"evidence"`
	Count    uint64        `json:"count"`
	Last     string        `json:"last_request,omitempty"`
}

// shareView is how many outcomes of a set were met.
type shareView struct {
	Met int `json:"met"`
	Of  int `json:"of"`
}

// coverageView is which outcomes a client, or any, has met.
type coverageView struct {
	Client     string        `json:"client,omitempty"`
	Outcomes   []outcomeView `json:"outcomes"`
	Documented shareView     `json:"documented"`
	All        shareView     `json:"all"` // of success and the catalogue
}

// coverage shows which outcomes were met, which were missed, and how often.
func (a *API) coverage(c echo.Context) error {
	p, err := query(c, "client", "as")
	if err != nil {
		return err
	}
	if err := a.knowsClient(p["client"]); err != nil {
		return err
	}
	view := newCoverageView(p["client"], a.sandbox.Journal().Coverage(p["client"]))
	return write(c, p["as"], view, view.text)
}

func newCoverageView(client string, counts map[string]journal.Count) coverageView {
	v := coverageView{Client: client}
	for _, o := range outcomes() {
		count := counts[o.Name]
		o.Count, o.Last = count.Times, count.Last
		v.Outcomes = append(v.Outcomes, o)
		if o.Group == documented {
			v.Documented.add(o)
		}
		if o.Group != failure {
			v.All.add(o)
		}
	}
	return v
}

func (s *shareView) add(o outcomeView) {
	s.Of++
	if o.Count > 0 {
		s.Met++
	}
}

// outcomes returns what can go out on a call, group by group.
func outcomes() []outcomeView {
	list := []outcomeView{{Name: knot.Created, Group: documented, Status: http.StatusOK, Evidence: knot.Documented}}
	for _, e := range knot.Errors() {
		group := documented
		if e.Evidence != knot.Documented {
			group = undocumented
		}
		list = append(list, outcomeView{Name: e.Name, Group: group, Status: e.Status, Evidence: e.Evidence})
	}
	for _, name := range faults.Outcomes() {
		list = append(list, outcomeView{Name: name, Group: failure, Evidence: knot.Assumed})
	}
	return list
}

// text shows the coverage as a table.
func (v coverageView) text() string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, o := range v.Outcomes {
		met := "missed"
		if o.Count > 0 {
			met = fmt.Sprintf("met %d×", o.Count)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", met, o.Group, strings.TrimSpace(o.Name+" "+o.Last))
	}
	_ = table.Flush() // to memory
	fmt.Fprintf(&b, "\n%d of %d documented outcomes met, %d of %d in all\n", v.Documented.Met, v.Documented.Of, v.All.Met, v.All.Of)
	return b.String()
}

// clearCoverage counts anew.
func (a *API) clearCoverage(c echo.Context) error {
	p, err := query(c, "client")
	if err != nil {
		return err
	}
	if err := a.knowsClient(p["client"]); err != nil {
		return err
	}
	a.sandbox.Journal().ClearCoverage(p["client"])
	c.Response().WriteHeader(http.StatusNoContent)
	return nil
}

// write answers with a view as JSON or, with ?as=text, as text.
func write(c echo.Context, as string, view any, text func() string) error {
	switch as {
	case "", "json":
		writeJSON(c.Response(), http.StatusOK, view)
	case "text":
		writeText(c.Response(), text())
	default:
		return invalid("as", fmt.Sprintf("as is %q", as), "give json or text, or leave it out")
	}
	return nil
}

// conduct judges the behaviour of the callers.
func (a *API) conduct(c echo.Context) error {
	p, err := query(c, "client", "as")
	if err != nil {
		return err
	}
	if err := a.knowsClient(p["client"]); err != nil {
		return err
	}
	report := a.sandbox.Conduct(p["client"])
	return write(c, p["as"], report, report.Text)
}
