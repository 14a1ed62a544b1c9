package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// maxBody is the largest body of a control request, in bytes.
const maxBody = 1 << 20

// readBody returns the body of a request, which takes no query parameters:
// what a caller put there would not be heard.
func readBody(c echo.Context) ([]byte, error) {
	if _, err := query(c); err != nil {
		return nil, err
	}
	if c.Request().ContentLength > maxBody {
		return nil, bodyTooLarge // a caller that asked first does not send it
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, c.Request().Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, bodyTooLarge
	}
	if err != nil {
		return nil, invalid("", "the body breaks off", "send it again")
	}
	return bytes.TrimSpace(body), nil
}

var bodyTooLarge = &Problem{
	Status: http.StatusRequestEntityTooLarge, Code: "too_large",
	Message: fmt.Sprintf("the body is larger than %d bytes", maxBody), Next: "send less",
}

// decode reads the JSON body of a request into v. An empty body leaves v as it
// is; a field that v does not have is refused.
func decode(c echo.Context, v any) error {
	body, err := readBody(c)
	if err != nil || len(body) == 0 {
		return err
	}
	return decodeJSON(body, v)
}

func decodeJSON(body []byte, v any) error {
	const next = "send one JSON object as " + Prefix + "/control.yaml describes it"
	if !utf8.Valid(body) { // the decoder would put something else in place of what was sent
		return invalid("", "the body is not UTF-8", next)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var (
		problem  *Problem
		mistyped *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &mistyped):
		field := withoutEmbedded(mistyped.Field)
		return invalid(field, fmt.Sprintf("%s cannot be a %s", orBody(field), mistyped.Value), next)
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field "):
		field := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		return invalid(field, fmt.Sprintf("there is no field %q", field), "the fields are "+strings.Join(fieldsOf(reflect.TypeOf(v).Elem()), ", "))
	case err != nil:
		return invalid("", "the body is not JSON: "+strings.TrimPrefix(err.Error(), "json: "), next)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("", "something follows the JSON object", next)
	}
	if body[0] != '{' {
		return invalid("", "the body is not a JSON object", next)
	}
	return nil
}

// fieldsOf returns the names that a struct has in JSON.
func fieldsOf(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			names = append(names, fieldsOf(f.Type)...)
		case name != "" && name != "-":
			names = append(names, name)
		}
	}
	return names
}

// withoutEmbedded drops the names of embedded structs, which JSON does not have.
func withoutEmbedded(field string) string {
	for _, name := range [...]string{"Match.", "filterInput."} {
		field = strings.TrimPrefix(field, name)
	}
	return field
}

func orBody(field string) string {
	if field == "" {
		return "the body"
	}
	return field
}

// query returns the query parameters of a request, of which it may have only
// the given ones, each once.
func query(c echo.Context, names ...string) (map[string]string, error) {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, invalid("", "the query cannot be read: "+err.Error(), "percent-encode the values")
	}
	known := "this route takes no parameters"
	if len(names) > 0 {
		known = "the parameters of this route are " + strings.Join(names, ", ")
	}
	single := map[string]string{}
	for name, list := range values {
		if !slices.Contains(names, name) {
			return nil, invalid(name, fmt.Sprintf("there is no parameter %q", name), known)
		}
		if len(list) > 1 {
			return nil, invalid(name, "the parameter is there more than once", known)
		}
		if list[0] == "" {
			return nil, invalid(name, "the parameter is empty", "give a value, or leave it out")
		}
		single[name] = list[0]
	}
	return single, nil
}

// parseSpan reads a time span, written as in Go: "1m30s".
func parseSpan(field, text string) (time.Duration, error) {
	span, err := time.ParseDuration(text)
	if err != nil {
		return 0, invalid(field, fmt.Sprintf("%q is not a time span", text), "write it as 90s or 1m30s")
	}
	return span, nil
}
