package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
)

// wire is how the sandbox is reached. One is shared by all.
type wire struct {
	url    string
	client *http.Client
	calls  atomic.Int64 // of the emulated API
	asked  atomic.Int64 // of the control API
}

func newWire(url string, clients int) *wire {
	transport := &http.Transport{MaxIdleConnsPerHost: 2 * clients, DisableCompression: true}
	return &wire{url: url, client: &http.Client{Transport: transport, Timeout: patience}}
}

// call is a request to the emulated API.
type call struct {
	method, path string
	id, secret   string
	fault        string // in the header
	mark         string // for the rule that is everyone's
	body         string
}

// reply is what came back of it.
type reply struct {
	status int
	header http.Header
	body   string
	broken string // how the exchange broke; empty if it did not
}

// send sends a call.
func (w *wire) send(ctx context.Context, c call) reply {
	w.calls.Add(1)
	r, err := http.NewRequestWithContext(ctx, c.method, w.url+c.path, strings.NewReader(c.body))
	if err != nil {
		return reply{broken: err.Error()}
	}
	r.SetBasicAuth(c.id, c.secret)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	for name, value := range map[string]string{"X-Sandbox-Fault": c.fault, markHeader: c.mark} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	res, err := w.client.Do(r)
	if err != nil {
		return reply{broken: breakage(err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	a := reply{status: res.StatusCode, header: res.Header, body: string(body)}
	if err != nil {
		a.broken = breakage(err)
	}
	return a
}

// The ways in which an exchange breaks.
const (
	brokenReset    = "reset"
	brokenClose    = "closed without a byte"
	brokenGarbage  = "no HTTP"
	brokenTruncate = "cut off"
)

// breakage names what a client of net/http is told.
func breakage(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return brokenReset
	case errors.Is(err, io.ErrUnexpectedEOF):
		return brokenTruncate
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "server closed idle connection"):
		return brokenClose
	case strings.Contains(err.Error(), "malformed HTTP"):
		return brokenGarbage
	}
	return err.Error()
}

// ask asks the control API and reads its answer into out, if that is not nil and the
// status is a good one. The body is text as it is, or a value as JSON. What is answered
// comes back as text as well.
func (w *wire) ask(ctx context.Context, method, path string, in, out any) (status int, text string, err error) {
	w.asked.Add(1)
	body, isText := in.(string)
	if !isText && in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return 0, "", err
		}
		body = string(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, w.url+"/__sandbox"+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	res, err := w.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", err
	}
	if out != nil && res.StatusCode < http.StatusBadRequest {
		if err := json.Unmarshal(content, out); err != nil {
			return 0, "", fmt.Errorf("%s %s answers %d %q: %w", method, path, res.StatusCode, content, err)
		}
	}
	return res.StatusCode, string(content), nil
}
