package journal

import (
	"strconv"
	"strings"
	"time"

	"knotsandbox/glob"
)

// Filter says which exchanges are meant. A field that is empty leaves all of
// them.
type Filter struct {
	Client    string // a client's id
	Strangers bool   // only requests whose client_id no client has
	Product   string
	User      string // external user id, exact or with * and ?
	Outcome   string
	Fault     string // a rule's id, an effect's word such as reset, "any" or "none"
	SessionID string
	Text      string // that path, header, body, answer, hint or an id holds, in any case

	Since, Until time.Time // by the client's clock; Until itself is left out
	After        uint64    // only positions behind this one
	Before       uint64    // only positions in front of this one
}

// Words of Filter.Fault that are no fault.
const (
	AnyFault = "any"
	NoFault  = "none"
)

// criterion is one thing that a filter asks of an exchange.
type criterion struct {
	field, want string
	holds       func(*Exchange) bool
	got         func(*Exchange) string
}

// criteria returns what the filter asks, field by field. What is said of an
// exchange that is not meant comes from the same list as the decision.
func (f Filter) criteria() []criterion {
	var list []criterion
	add := func(field, want string, holds func(*Exchange) bool, got func(*Exchange) string) {
		if want != "" {
			list = append(list, criterion{field, want, holds, got})
		}
	}
	equal := func(field, want string, got func(*Exchange) string) {
		add(field, want, func(e *Exchange) bool { return got(e) == want }, got)
	}
	equal("client", f.Client, func(e *Exchange) string { return e.Client })
	if f.Strangers {
		add("strangers", "yes", func(e *Exchange) bool { return e.Client == "" }, func(e *Exchange) string { return e.Client })
	}
	equal("product", f.Product, func(e *Exchange) string { return e.Product })
	user := glob.New(f.User)
	add("user", f.User, func(e *Exchange) bool { return user.Matches(e.ExternalUserID) }, func(e *Exchange) string { return e.ExternalUserID })
	equal("outcome", f.Outcome, func(e *Exchange) string { return e.Outcome })
	add("fault", f.Fault, f.meansFault, func(e *Exchange) string { return strings.TrimSpace(e.Rule + " " + e.Fault) })
	equal("session", f.SessionID, func(e *Exchange) string { return e.SessionID })
	text := strings.ToLower(f.Text)
	add("text", f.Text, func(e *Exchange) bool { return e.holds(text) }, func(*Exchange) string { return "" })
	at := func(e *Exchange) string { return e.At.Format(time.RFC3339Nano) }
	add("since", timeText(f.Since), func(e *Exchange) bool { return !e.At.Before(f.Since) }, at)
	add("until", timeText(f.Until), func(e *Exchange) bool { return e.At.Before(f.Until) }, at)
	position := func(e *Exchange) string { return strconv.FormatUint(e.Position, 10) }
	add("after", positionText(f.After), func(e *Exchange) bool { return e.Position > f.After }, position)
	add("before", positionText(f.Before), func(e *Exchange) bool { return e.Position < f.Before }, position)
	return list
}

// meansFault reports whether an exchange met the fault that the filter names.
func (f Filter) meansFault(e *Exchange) bool {
	switch f.Fault {
	case AnyFault:
		return e.Rule != ""
	case NoFault:
		return e.Rule == ""
	case e.Rule, e.Fault:
		return true
	}
	for word := range strings.FieldsSeq(e.Fault) {
		name, _, _ := strings.Cut(word, "=")
		if word == f.Fault || name == f.Fault {
			return true
		}
	}
	return false
}

// holds reports whether some text of the exchange holds a lower-case text.
func (e *Exchange) holds(text string) bool {
	for _, t := range [...]string{
		e.Path, e.Body, e.Hint, e.ExternalUserID, e.Outcome, e.Answer, e.SessionID, e.header, e.ID, e.Client, e.GivenID, e.Fault, e.Rule,
	} {
		if containsFold(t, text) {
			return true
		}
	}
	return false
}

// containsFold reports whether text holds a word of lower case, in any case of
// ASCII letters.
func containsFold(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if begins(text[i:], word) {
			return true
		}
	}
	return false
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func positionText(p uint64) string {
	if p == 0 {
		return ""
	}
	return strconv.FormatUint(p, 10)
}

// matches reports whether an exchange meets all criteria.
func matches(criteria []criterion, e *Exchange) bool {
	for _, c := range criteria {
		if !c.holds(e) {
			return false
		}
	}
	return true
}

// find shows the exchanges that are meant, the newest first, until see says that
// it has seen enough.
func (j *Journal) find(f Filter, see func(*Exchange) (more bool)) {
	criteria := f.criteria()
	j.walk(f.Client, func(e *Exchange) bool {
		if e.Position <= f.After {
			return false
		}
		return !matches(criteria, e) || see(e)
	})
}

// Page is a part of the exchanges that are meant.
type Page struct {
	Exchanges []Exchange // the newest first
	Next      uint64     // give it as Before for what is older; 0 if nothing is
}

// Find returns the newest exchanges that are meant, up to limit.
func (j *Journal) Find(f Filter, limit int) Page {
	var page Page
	j.find(f, func(e *Exchange) bool {
		if len(page.Exchanges) == limit {
			page.Next = page.Exchanges[limit-1].Position
			return false
		}
		page.Exchanges = append(page.Exchanges, *e)
		return true
	})
	return page
}

// All returns all exchanges that are meant, the newest first.
func (j *Journal) All(f Filter) []Exchange {
	var list []Exchange
	j.find(f, func(e *Exchange) bool {
		list = append(list, *e)
		return true
	})
	return list
}

// Lookup returns the exchange of a request's id.
func (j *Journal) Lookup(id string) (found Exchange, ok bool) {
	j.walk("", func(e *Exchange) bool {
		if ok = e.ID == id; ok {
			found = *e
		}
		return !ok
	})
	return found, ok
}
