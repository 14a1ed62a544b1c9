package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"knotsandbox/faults"
)

// faults lists the armed faults, with ?client= those that are for one client,
// with ?met=no those that no request has met.
func (a *API) faults(c echo.Context) error {
	parameters, err := query(c, "client", "met")
	if err != nil {
		return err
	}
	met := parameters["met"]
	if met != "" && met != "yes" && met != "no" {
		return invalid("met", fmt.Sprintf("met is %q", met), "give yes or no, or leave it out")
	}
	if id := parameters["client"]; id != "" {
		if _, err := a.sandbox.Client(id); err != nil {
			return err
		}
	}
	list := slices.DeleteFunc(a.sandbox.Faults(), func(r faults.Report) bool {
		isOther := parameters["client"] != "" && r.Match.Client != parameters["client"]
		return isOther || met == "yes" && r.Hit == 0 || met == "no" && r.Hit > 0
	})
	writeJSON(c.Response(), http.StatusOK, map[string]any{"faults": orEmpty(list)})
	return nil
}

func (a *API) fault(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	report, err := a.sandbox.Fault(c.Param("id"))
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, report)
	return nil
}

// ruleInput is a rule in JSON: the text, and what it matches in the text or
// beside it. The fault may be an object of its words instead.
type ruleInput struct {
	Fault faultText `json:"fault"`
	faults.Match
}

// faultText is a fault as text, or as an object of the same words:
// {"effect": "NoAccess", "times": 2} is NoAccess times=2.
type faultText string

// UnmarshalJSON reads either form.
func (t *faultText) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		var text string
		err := json.Unmarshal(data, &text)
		*t = faultText(text)
		return err // the decoder adds the place
	}
	words := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&words); err != nil || len(words) == 0 {
		return invalid("fault", "fault is neither a text nor an object of its words", `write "NoAccess times=2" or {"effect": "NoAccess", "times": 2}`)
	}
	var list []string
	for name, value := range words {
		switch value.(type) {
		case string, json.Number:
		default:
			return invalid("fault."+name, "a word is a text or a number", `write {"effect": "NoAccess", "times": 2}`)
		}
		if name == "effect" {
			list = append(list, fmt.Sprint(value))
		} else {
			list = append(list, fmt.Sprintf("%s=%v", name, value))
		}
	}
	slices.Sort(list)
	*t = faultText(strings.Join(list, " "))
	return nil
}

// readRule reads a rule from a body that is JSON, or the rule's text itself.
func readRule(c echo.Context) (ruleInput, error) {
	body, err := readBody(c)
	if err != nil {
		return ruleInput{}, err
	}
	if !bytes.HasPrefix(body, []byte("{")) {
		return ruleInput{Fault: faultText(body)}, nil
	}
	var in ruleInput
	return in, decodeJSON(body, &in)
}

func (a *API) arm(c echo.Context) error {
	in, err := readRule(c)
	if err != nil {
		return err
	}
	report, err := a.sandbox.Arm(in.Match, string(in.Fault))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", Prefix+"/faults/"+report.ID)
	writeJSON(c.Response(), http.StatusCreated, report)
	return nil
}

func (a *API) disarm(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	report, err := a.sandbox.Disarm(c.Param("id"))
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, report)
	return nil
}

// disarmAll disarms every fault, or with ?client= those of one client, and
// answers with those that were never met.
func (a *API) disarmAll(c echo.Context) error {
	parameters, err := query(c, "client")
	if err != nil {
		return err
	}
	unmet, err := a.sandbox.DisarmAll(parameters["client"])
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, map[string]any{"never_met": orEmpty(unmet)})
	return nil
}

// planInput asks what requests will meet: of an armed rule by its id, or of a
// rule that is not armed.
type planInput struct {
	ID       string    `json:"id"`
	Fault    faultText `json:"fault"`
	Requests *int      `json:"requests"` // 10 if left out
	Every    string    `json:"every"`    // between requests; left out: all at once
	faults.Match
}

func (a *API) plan(c echo.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	in := planInput{Fault: faultText(body)}
	if bytes.HasPrefix(body, []byte("{")) {
		in.Fault = ""
		if err := decodeJSON(body, &in); err != nil {
			return err
		}
	}
	traffic := faults.Traffic{Client: in.Client, Requests: 10}
	if in.Requests != nil {
		traffic.Requests = *in.Requests
	}
	if traffic.Requests < 1 || traffic.Requests > faults.MaxPlan {
		return invalid("requests", fmt.Sprintf("a plan looks 1 to %d requests ahead", faults.MaxPlan), "ask for less")
	}
	if in.Every != "" {
		if traffic.Every, err = parseSpan("every", in.Every); err != nil {
			return err
		}
		if traffic.Every < 0 || traffic.Every > faults.MaxEvery {
			return invalid("every", fmt.Sprintf("every is not between 0 and %v", faults.MaxEvery), "ask for less")
		}
	}
	steps, err := a.sandbox.Plan(in.ID, in.Match, string(in.Fault), traffic)
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, map[string]any{"plan": steps})
	return nil
}

// orEmpty makes nil an empty list, which is what JSON shall show.
func orEmpty(list []faults.Report) []faults.Report {
	if list == nil {
		return []faults.Report{}
	}
	return list
}
