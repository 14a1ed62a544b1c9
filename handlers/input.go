package handlers

import (
	"net/http"
	"strings"

	"knotsandbox/knot"
)

// input is what a request says, whatever it says it in.
type input struct {
	fields
	kind    bodyKind
	problem error // why the body counts as empty; nil if it was read
}

// bodyKind is how a body is read.
type bodyKind int

const (
	bodyIgnored bodyKind = iota // of a type that is not read
	bodyJSON
	bodyURLEncoded
	bodyMultipart
)

// bodyKindOf decides by the Content-Type alone (derived): JSON is looked for
// anywhere in it, a form has to be its beginning.
func bodyKindOf(contentType string) bodyKind {
	if isJSONType(contentType) {
		return bodyJSON
	}
	if end := strings.IndexAny(contentType, ";, "); end >= 0 {
		contentType = contentType[:end]
	}
	switch {
	case strings.EqualFold(contentType, "application/x-www-form-urlencoded"):
		return bodyURLEncoded
	case strings.EqualFold(contentType, "multipart/form-data"):
		return bodyMultipart
	}
	return bodyIgnored
}

// decode reads the fields from body and query.
func (x *exchange) decode() {
	if x.request.Method != http.MethodPost {
		return // no other method has input that matters
	}
	contentType := x.header("Content-Type")
	in := &x.input
	in.kind = bodyKindOf(contentType)
	switch in.kind {
	case bodyJSON:
		in.fields, in.problem = decodeJSON(x.body)
	case bodyURLEncoded:
		in.fields = decodeURLEncoded(x.body)
	case bodyMultipart:
		in.fields, in.problem = decodeMultipart(x.body, contentType)
	case bodyIgnored:
	}
	if query := x.request.URL.RawQuery; query != "" {
		in.fields = in.over(decodeQuery(query))
	}
	x.wanted = in.request()
}

// overrideMethod lets a POST make itself another method, by header or by the
// field _method; the header wins (derived).
func (x *exchange) overrideMethod() error {
	if x.request.Method != http.MethodPost {
		return nil
	}
	method := x.header("X-Http-Method-Override")
	if method == "" || method == "0" { // what the server's language calls false
		override := x.input.value[fieldMethod]
		if !override.IsString() {
			return nil
		}
		method = override.Text()
	}
	method = strings.Map(upper, method)
	if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return knot.InvalidMethodOverride()
	}
	x.method = method
	return nil
}
