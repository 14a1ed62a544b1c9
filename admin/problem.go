package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"knotsandbox/faults"
	"knotsandbox/knot"
)

// Problem is an error of the control API. It is no answer of the emulated API
// and does not look like one.
type Problem struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`             // for programs
	Field   string `json:"field,omitempty"`  // of the request; empty if it is about none
	Offset  *int   `json:"offset,omitempty"` // of the word in a fault's text, in bytes
	Message string `json:"message"`          // what is wrong
	Next    string `json:"next"`             // what to do about it
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

// WriteProblem answers with a problem. What the caller sent may be in its texts, and
// need not come back whole.
func WriteProblem(w http.ResponseWriter, p *Problem) {
	shown := *p
	shown.Field, shown.Message = shortened(p.Field, 64), shortened(p.Message, 2<<10)
	writeJSON(w, p.Status, map[string]*Problem{"error": &shown})
}

// shortened returns a text of at most so many bytes, and a sign that more was there.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// writeJSON is the one place that writes JSON answers.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // our own types encode
	}
	writeBody(w, status, "application/json", append(body, '\n'))
}

// writeText writes plain text.
func writeText(w http.ResponseWriter, text string) {
	writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte(text))
}

func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone
}

// invalid returns the problem of a request field.
func invalid(field, message, next string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Code: "invalid_request", Field: field, Message: message, Next: next}
}

// InvalidFault returns the problem of a fault's text.
func InvalidFault(field string, err error) *Problem {
	p := &Problem{
		Status: http.StatusBadRequest, Code: "invalid_fault", Field: field, Message: err.Error(),
		Next: "correct the text; GET " + Prefix + "/errors lists the names, and the README the rest of the language",
	}
	var syntax *faults.SyntaxError
	if errors.As(err, &syntax) {
		p.Offset = &syntax.Offset
	}
	return p
}

// problemOf returns the problem that an error is.
func problemOf(err error) *Problem {
	var (
		problem *Problem
		routing *echo.HTTPError
		syntax  *faults.SyntaxError
		match   *faults.MatchError
	)
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &routing):
		return routingProblem(routing.Code)
	case errors.As(err, &syntax):
		return InvalidFault("fault", err)
	case errors.As(err, &match):
		return InvalidFault(match.Field, err)
	case errors.Is(err, faults.ErrNoFault):
		return InvalidFault("fault", err)
	case errors.Is(err, knot.ErrUnknownClient):
		return &Problem{Status: http.StatusNotFound, Code: "unknown_client", Field: "client", Message: err.Error(), Next: "GET " + Prefix + "/clients lists the clients"}
	case errors.Is(err, faults.ErrNotFound):
		return &Problem{Status: http.StatusNotFound, Code: "unknown_fault", Field: "id", Message: err.Error(), Next: "GET " + Prefix + "/faults lists the armed faults"}
	case errors.Is(err, knot.ErrClientExists):
		return &Problem{Status: http.StatusConflict, Code: "client_exists", Field: "client_id", Message: err.Error(), Next: "leave client_id out to get a random one, or PATCH the client that is there"}
	case errors.Is(err, knot.ErrTooManyClients), errors.Is(err, faults.ErrFull):
		return &Problem{Status: http.StatusConflict, Code: "full", Message: err.Error(), Next: "remove some, or POST " + Prefix + "/reset"}
	}
	return &Problem{Status: http.StatusInternalServerError, Code: "internal", Message: "the sandbox failed", Next: "look into its log, and report what you find"}
}

func routingProblem(status int) *Problem {
	p := &Problem{Status: status, Code: "unknown_route", Message: "there is no such route", Next: "GET " + Prefix + "/ lists the routes"}
	if status == http.StatusMethodNotAllowed {
		p.Code, p.Message = "unknown_method", "the route does not take this method"
	}
	return p
}
