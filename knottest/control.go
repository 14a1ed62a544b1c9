package knottest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"knotsandbox/journal"
)

// callTimeout is how long an answer of the control API may take, beyond what it
// was asked to wait.
const callTimeout = 10 * time.Second

// control speaks to a control API.
type control struct {
	url, token string
	http       *http.Client
}

func newControl(url, token string) *control {
	return &control{url: url, token: token, http: &http.Client{Transport: &http.Transport{}}} // no proxy stands between
}

func (c *control) close() { c.http.CloseIdleConnections() }

// call sends in as JSON, unless it is nil, and decodes the answer into out, unless
// that is nil. The error is a *refusal if the control API said no.
func (c *control) call(ctx context.Context, method, route string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+"/__sandbox"+route, &body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("no sandbox answers: %w\n\tstart one, or give the base URL of one that runs", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return c.refused(res.Status, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return c.foreign(res.Status, err)
	}
	return nil
}

// refusal is an error of the control API.
type refusal struct {
	Problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Next    string `json:"next"`
	} `json:"error"`
	Requests []string       `json:"requests"` // that were found, if fewer or more were wanted
	Nearest  []journal.Miss `json:"nearest"`
}

// Error returns what is wrong and what to do next.
func (r *refusal) Error() string { return r.Problem.Message + "\n\t" + r.Problem.Next }

// refused reads an error of the control API.
func (c *control) refused(status string, answer []byte) error {
	var r refusal
	if err := json.Unmarshal(answer, &r); err != nil || r.Problem.Message == "" {
		return c.foreign(status, err)
	}
	return &r
}

// foreign is the error of an answer that no sandbox gives.
func (c *control) foreign(status string, err error) error {
	return errors.Join(fmt.Errorf("%s answered %s, and not as a sandbox of this version does", c.url, status), err)
}

// hasCode reports whether the control API said no in that way.
func hasCode(err error, code string) bool {
	var r *refusal
	return errors.As(err, &r) && r.Problem.Code == code
}

// context returns one for calls. The test's own is over when its cleanups run, which
// may ask for something.
func (s *Sandbox) context() context.Context { return context.WithoutCancel(s.t.Context()) }

// call asks the control API.
func (s *Sandbox) call(method, route string, in, out any) error {
	return s.callWithin(callTimeout, method, route, in, out)
}

func (s *Sandbox) callWithin(limit time.Duration, method, route string, in, out any) error {
	ctx, cancel := context.WithTimeout(s.context(), limit)
	defer cancel()
	return s.control.call(ctx, method, route, in, out)
}

// query returns a query string of fields, to which there can be more, as name and
// value in turn.
func query(fields map[string]any, more ...string) string {
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, fmt.Sprint(value))
	}
	for i := 0; i < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	return "?" + values.Encode()
}

// ofClient is the query that asks about the client of the Sandbox.
func (s *Sandbox) ofClient(more ...string) string {
	return query(map[string]any{"client": s.ClientID}, more...)
}

// lines joins lines for the test's log, and indents them.
func lines(list ...string) string { return strings.Join(list, "\n\t") }
