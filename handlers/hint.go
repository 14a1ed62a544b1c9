package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"knotsandbox/knot"
	"knotsandbox/validation"
)

// maxHint is the longest hint, in bytes: a header line has to stay readable.
const maxHint = 400

// headerText makes text safe for a header line: printable ASCII of bounded
// length. Whatever a client sent shows as an escape.
func headerText(text string) string {
	if len(text) <= maxHint && isHeaderText(text) {
		return text
	}
	quoted := strconv.QuoteToASCII(text)
	text = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	if len(text) > maxHint {
		text = text[:maxHint-3] + "..."
	}
	return text
}

// isHeaderText reports whether a text is safe for a header line as it is. A backslash
// is not, since it marks an escape.
func isHeaderText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

// shown quotes a value of the client's for a hint, shortened.
func shown(text string) string {
	const most = 60
	if len(text) > most {
		text = text[:most] + "..."
	}
	return "`" + text + "`"
}

// hint says in a sentence why a request was refused, or "" if there is nothing
// to add to the answer. It never changes the answer and never shows a secret.
func (a *API) hint(x *exchange, e *knot.Error) string {
	switch e.Status {
	case http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("the body is larger than %d bytes; raise --max-body if that is intended", a.config.MaxBody)
	case http.StatusNotFound:
		return pathHint(x, e)
	case http.StatusMethodNotAllowed:
		return methodHint(x)
	case http.StatusUnauthorized:
		return a.credentialsHint(x)
	case http.StatusForbidden:
		return fmt.Sprintf("client %s has these products enabled: %s; enable %s in its products to allow it",
			shown(x.client.ID), cmp.Or(x.client.Products.String(), "none"), x.wanted.Product())
	case http.StatusBadRequest:
		return inputHint(x, e)
	}
	return ""
}

// pathHint names the likely mistake in an unknown path.
func pathHint(x *exchange, e *knot.Error) string {
	path := x.request.URL.Path
	switch {
	case errors.Is(e, knot.InvalidMethodOverride()):
		return "the overriding method, in X-HTTP-Method-Override or _method, is not a word of letters"
	case strings.Contains(path, "//") && strings.Trim(strings.ReplaceAll(path, "//", "/"), "/") == sessionCreatePath[1:]:
		return "the path has a double slash; a base URL that ends in a slash is the usual cause"
	case strings.EqualFold(strings.TrimRight(path, "/"), sessionCreatePath):
		return "the path is case-sensitive; the route is POST " + sessionCreatePath
	case strings.HasSuffix(strings.TrimRight(path, "/"), sessionCreatePath):
		return "the path has an extra prefix; the route is POST " + sessionCreatePath + " at the root of the host"
	case strings.Trim(path, "/") != "" && strings.HasSuffix(sessionCreatePath, strings.TrimRight(path, "/")):
		return "the path lacks its beginning; the route is POST " + sessionCreatePath
	}
	return "the only route is POST " + sessionCreatePath
}

// methodHint tells an overridden method from a sent one.
func methodHint(x *exchange) string {
	if x.method != x.request.Method {
		return "the method was overridden by X-HTTP-Method-Override or _method; the route takes POST alone"
	}
	return "the route takes POST alone"
}

// credentialsHint names the likely mistake in refused credentials.
func (a *API) credentialsHint(x *exchange) string {
	given := x.given
	if given.problem != "" {
		return given.problem + "; send Authorization: Basic base64(client_id:secret)"
	}
	id, secret := strings.TrimSpace(given.id), strings.TrimSpace(given.secret)
	client, err := a.config.Store.Client(id)
	switch {
	case err == nil && a.accepts(id, secret):
		return "the credentials are right but for white space around client_id or secret; a trailing newline from `echo` or a file is the usual cause"
	case err == nil:
		return fmt.Sprintf("client %s exists, its secret is another one", shown(client.ID))
	case a.accepts(secret, id):
		return "client_id and secret are swapped"
	case a.config.Store.HasSecret(id):
		return "a secret was given as client_id"
	case a.config.AnyCredentials:
		return "any credentials are accepted, but this client_id cannot be one, or it is one too many"
	case given.id == "":
		return "the client_id is empty; is the variable that holds it set?"
	}
	return fmt.Sprintf("no client %s is configured; add it with --client ID:SECRET or in the config file", shown(given.id))
}

func (a *API) accepts(id, secret string) bool {
	_, err := a.config.Store.Authenticate(id, secret)
	return err == nil
}

// inputHint says what was wrong with the input: first why the body was not
// read at all, since every other reason follows from that.
func inputHint(x *exchange, e *knot.Error) string {
	in := x.input
	switch {
	case x.body != "" && in.kind == bodyIgnored && x.request.Header.Get("Content-Type") == "":
		return "the body was ignored because it has no Content-Type; send application/json"
	case x.body != "" && in.kind == bodyIgnored:
		return fmt.Sprintf("the body was ignored because of its Content-Type %s; send application/json",
			shown(x.request.Header.Get("Content-Type")))
	case in.kind == bodyURLEncoded && strings.HasPrefix(strings.TrimSpace(x.body), "{"):
		return "the body looks like JSON and was read as a form because of its Content-Type; send application/json"
	case in.problem != nil && x.body == "":
		return "the body is empty"
	case in.problem != nil && in.kind == bodyJSON:
		return fmt.Sprintf("the body is not the JSON that is read: %s; such a body counts as empty", located(x.body, in.problem))
	case in.problem != nil:
		return fmt.Sprintf("the form could not be read: %v; such a body counts as empty", in.problem)
	case x.body == "" && x.request.URL.RawQuery == "":
		return "the body is empty"
	}
	if missing := missingField(e); missing != noField && in.lookalike[missing] != "" {
		return lookalikeHint(in.lookalike[missing], missing)
	}
	return ruleHint(x, e)
}

func lookalikeHint(name string, meant field) string {
	return fmt.Sprintf("the unknown field %s was ignored; did you mean %s?", shown(name), fieldNames[meant])
}

// located adds line and column to an error of the JSON reader.
func located(body string, err error) string {
	var at *jsonError
	if !errors.As(err, &at) {
		return err.Error()
	}
	before := body[:min(at.offset, len(body))]
	line := strings.Count(before, "\n") + 1
	column := len(before) - strings.LastIndex(before, "\n")
	return fmt.Sprintf("%v (line %d, column %d)", at, line, column)
}

// missingField returns the field that an answer calls required, or noField.
func missingField(e *knot.Error) field {
	switch {
	case errors.Is(e, knot.TypeRequired):
		return fieldType
	case errors.Is(e, knot.ExternalUserIDRequired):
		return fieldExternalUserID
	case errors.Is(e, knot.CardIDRequired):
		return fieldCardID
	}
	return noField
}

// ruleHint says what the rule wants and what it got.
func ruleHint(x *exchange, e *knot.Error) string {
	s := &x.wanted
	switch {
	case errors.Is(e, knot.InvalidProductType):
		return fmt.Sprintf("type is %s; the products are %s, in lower case", got(s.Type), knot.AllProducts())
	case errors.Is(e, knot.InvalidPhoneNumber):
		return phoneHint(x)
	case errors.Is(e, knot.InvalidEmail):
		return fmt.Sprintf("email is %s; it has to be an address by RFC syntax", got(s.Email))
	case errors.Is(e, knot.InvalidCard):
		return fmt.Sprintf("card is %s; it has to be an object", got(s.Card))
	case errors.Is(e, knot.InvalidCardBlocked):
		return fmt.Sprintf("card.blocked is %s; true, false, 1 and 0 are accepted, also as strings of one digit", got(s.CardBlocked))
	case errors.Is(e, knot.InvalidCardHasFunds):
		return fmt.Sprintf("card.has_funds is %s; true, false, 1 and 0 are accepted, also as strings of one digit", got(s.CardHasFunds))
	case errors.Is(e, knot.InvalidProcessorToken):
		return fmt.Sprintf("processor_token is %s; it has to be a string", got(s.ProcessorToken))
	case errors.Is(e, knot.InvalidExternalUserID):
		return fmt.Sprintf("external_user_id is %s; it has to be a string or a number", got(s.ExternalUserID))
	case errors.Is(e, knot.InvalidCardID):
		return fmt.Sprintf("card_id is %s; it has to be a string or a number", got(s.CardID))
	}
	if missing := missingField(e); missing != noField {
		return fieldNames[missing] + " is not sent, null or blank"
	}
	return ""
}

// phoneHint tells a number in the wrong form from one that only a stricter
// level refuses.
func phoneHint(x *exchange) string {
	if validation.IsE164(x.wanted.PhoneNumber) {
		return fmt.Sprintf("the real API accepts %s; this client's phone level %s does not", got(x.wanted.PhoneNumber), x.client.Phone)
	}
	return fmt.Sprintf("phone_number is %s; it has to be +, the country code and the number, digits only", got(x.wanted.PhoneNumber))
}

// got shows a value with its type.
func got(v knot.Value) string {
	switch {
	case v.IsString():
		return "the string " + shown(v.Text())
	case v.IsNumber():
		return "the number " + shown(v.Text())
	case v == knot.EmptyArray:
		return "an empty array or object"
	case v.IsArray():
		return "an array or object"
	case v == knot.File:
		return "an uploaded file"
	}
	return string(v)
}

// advice says what is odd about a request that was accepted.
func (a *API) advice(x *exchange) string {
	for meant, name := range x.input.lookalike {
		if name != "" && !x.input.present[meant] {
			return lookalikeHint(name, field(meant))
		}
	}
	if a.config.PhoneAdviser == nil || !x.wanted.PhoneNumber.IsString() {
		return ""
	}
	return a.config.PhoneAdviser.Advice(x.wanted.PhoneNumber.Text())
}
