package knottest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"knotsandbox/journal"
)

// maxShown is how many requests a message shows.
const maxShown = 10

// explain says why the control API said no to a question about requests, so that
// nothing else has to be looked at.
func (s *Sandbox) explain(err error, asked map[string]any) string {
	var r *refusal
	if !errors.As(err, &r) {
		return err.Error()
	}
	text := []string{r.Problem.Message}
	if wanted, err := json.Marshal(asked); err == nil {
		text = append(text, "wanted: "+string(wanted))
	}
	if len(r.Requests) > 0 {
		text = append(text, "found: "+strings.Join(r.Requests[:min(len(r.Requests), maxShown)], ", "))
	}
	for _, miss := range r.Nearest {
		text = append(text, "near: "+missed(miss))
	}
	return lines(append(text, s.last(asked)...)...)
}

// missed says in which fields a request differs from what was wanted.
func missed(m journal.Miss) string {
	var fields []string
	for _, d := range m.Differences {
		field := fmt.Sprintf("%s is %q, not %q", d.Field, d.Got, d.Want)
		if d.Field == "text" {
			field = fmt.Sprintf("nowhere is the text %q", d.Want)
		}
		fields = append(fields, field)
	}
	return m.Request + ": " + strings.Join(fields, "; ")
}

// last describes the last requests of those who were asked about.
func (s *Sandbox) last(asked map[string]any) []string {
	var f journal.Filter
	f.Client, _ = asked["client"].(string)
	_, f.Strangers = asked["strangers"]
	page, err := s.page(f, maxShown)
	switch {
	case err != nil:
		return []string{"the last requests are not to be had: " + err.Error()}
	case len(page.Requests) == 0 && f.Client == s.ClientID:
		return []string{fmt.Sprintf("no request has come from client_id %q; does the program use it, and %s?", s.ClientID, s.URL)}
	case len(page.Requests) == 0:
		return []string{"no request has come"}
	}
	return append([]string{"last requests:"}, shown(inOrder(page.Requests))...)
}

// shown describes requests, a line for each; of many, the last.
func shown(list []journal.Exchange) []string {
	var text []string
	for _, e := range list[max(0, len(list)-maxShown):] {
		text = append(text, "  "+describe(e))
	}
	return text
}

// describe says what was asked, what was answered, and why.
func describe(e journal.Exchange) string {
	text := fmt.Sprintf("%s %s %s", e.ID, e.Method, e.Path)
	switch {
	case e.Client == "" && e.GivenID == "":
		text += " without credentials"
	case e.Client == "":
		text += fmt.Sprintf(" client_id %q", e.GivenID)
	}
	if e.Product != "" {
		text += fmt.Sprintf(" type %q", e.Product)
	}
	if e.ExternalUserID != "" {
		text += fmt.Sprintf(" user %q", e.ExternalUserID)
	}
	text += ": " + e.Outcome
	if e.Status != 0 {
		text += fmt.Sprintf(" %d", e.Status)
	}
	if e.Rule != "" {
		text += fmt.Sprintf(", by fault %s %s", e.Rule, e.Fault)
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}
