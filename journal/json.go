package journal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// form is an exchange in JSON.
type form struct {
	ID                string      `json:"id"`
	Position          uint64      `json:"position"`
	At                time.Time   `json:"at"`
	Began             time.Time   `json:"began"`
	DurationMS        float64     `json:"duration_ms"`
	Client            string      `json:"client,omitempty"`
	GivenID           string      `json:"given_id,omitempty"`
	Method            string      `json:"method"`
	Path              string      `json:"path"`
	Header            http.Header `json:"headers,omitempty"`
	Body              string      `json:"body,omitempty"`
	BodyBase64        string      `json:"body_base64,omitempty"` // if the body is no UTF-8, which JSON cannot hold
	BodySize          int         `json:"body_size"`
	Product           string      `json:"product,omitempty"`
	ExternalUserID    string      `json:"external_user_id,omitempty"`
	Outcome           string      `json:"outcome"`
	Status            int         `json:"status"`
	Answer            string      `json:"answer,omitempty"`
	Work              string      `json:"work,omitempty"`
	Evidence          string      `json:"evidence,omitempty"`
	Hint              string      `json:"hint,omitempty"`
	Rule              string      `json:"rule,omitempty"`
	Fault             string      `json:"fault,omitempty"`
	SessionID         string      `json:"session,omitempty"`
	RetryAfterSeconds float64     `json:"retry_after_seconds,omitempty"`
}

// MarshalJSON returns the exchange as the control API shows it.
func (e Exchange) MarshalJSON() ([]byte, error) { return json.Marshal(e.form()) }

// UnmarshalJSON reads what MarshalJSON writes, so that a program that asks the
// control API has the same type. Spans come back to the microsecond, and texts
// that were no UTF-8 as JSON holds them, but for the body.
func (e *Exchange) UnmarshalJSON(data []byte) error {
	var f form
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("decode exchange: %w", err)
	}
	if f.BodyBase64 != "" {
		body, err := base64.StdEncoding.DecodeString(f.BodyBase64)
		if err != nil {
			return fmt.Errorf("decode exchange: body_base64: %w", err)
		}
		f.Body = string(body)
	}
	*e = f.exchange()
	return nil
}

// With returns the exchange's JSON with one more field.
func (e Exchange) With(name string, value any) ([]byte, error) {
	own, err := json.Marshal(e.form())
	if err != nil {
		return nil, fmt.Errorf("encode exchange: %w", err)
	}
	more, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return append(append(own[:len(own)-1], ','), more[1:]...), nil
}

func (e *Exchange) form() form {
	f := form{
		ID: e.ID, Position: e.Position, At: e.At, Began: e.Began, DurationMS: Milliseconds(e.Duration),
		Client: e.Client, GivenID: e.GivenID, Method: e.Method, Path: e.Path, Header: e.Header(),
		Body: e.Body, BodySize: e.BodySize, Product: e.Product, ExternalUserID: e.ExternalUserID,
		Outcome: e.Outcome, Status: e.Status, Answer: e.Answer, Work: e.Work, Evidence: e.Evidence, Hint: e.Hint,
		Rule: e.Rule, Fault: e.Fault, SessionID: e.SessionID, RetryAfterSeconds: e.RetryAfter.Seconds(),
	}
	if !utf8.ValidString(e.Body) {
		f.BodyBase64 = base64.StdEncoding.EncodeToString([]byte(e.Body))
	}
	return f
}

func (f *form) exchange() Exchange {
	return Exchange{
		ID: f.ID, Position: f.Position, At: f.At, Began: f.Began, Duration: span(f.DurationMS, time.Millisecond),
		Client: f.Client, GivenID: f.GivenID, Method: f.Method, Path: f.Path, header: headerLines(f.Header),
		Body: f.Body, BodySize: f.BodySize, Product: f.Product, ExternalUserID: f.ExternalUserID,
		Outcome: f.Outcome, Status: f.Status, Answer: f.Answer, Work: f.Work, Evidence: f.Evidence, Hint: f.Hint,
		Rule: f.Rule, Fault: f.Fault, SessionID: f.SessionID, RetryAfter: span(f.RetryAfterSeconds, time.Second),
	}
}

// headerLines is the reverse of Header.
func headerLines(header http.Header) string {
	var lines bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			lines.WriteString(name + ": ")
			writeLine(&lines, value)
		}
	}
	return lines.String()
}

// span returns a number of units, to the microsecond.
func span(n float64, unit time.Duration) time.Duration {
	return time.Duration(math.Round(n*float64(unit/time.Microsecond))) * time.Microsecond
}

// Milliseconds returns a duration in milliseconds, to the microsecond.
func Milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
