package knot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Error is an answer of the API other than success. It has two audiences: the
// client sees Status and Body and nothing else, the operator sees Error.
type Error struct {
	// Name is the name of the example on the documented page, or a name in the
	// same manner for the answers the page does not show.
	Name string
	// Status is the HTTP status.
	Status int
	// Type and Code are error_type and error_code; both are empty for answers
	// outside the error envelope.
	Type, Code string
	// Message is error_message, or message outside the envelope.
	Message string
	// Evidence says how the answer is known.
	Evidence Evidence

	body string
}

// Error returns the name and the message, for logs.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Name, e.Message) }

// Is reports whether target is the same answer by name, so that errors.Is
// finds the answers whose message depends on the request, too.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Name == e.Name
}

// Body returns the exact bytes of the answer: compact JSON without a newline.
// The caller must not change them.
func (e *Error) Body() string { return e.body }

// The error catalogue of the documented page.
var (
	InvalidProductType     = documented("InvalidProductType", 400, "INVALID_INPUT", "PRODUCT_NOT_VALID", "The selected type is invalid.")
	CardIDRequired         = documented("CardIdRequired", 400, invalidRequest, invalidField, "The card_id field is required when type = card_switcher.")
	ExternalUserIDRequired = documented("ExternalUserIdRequired", 400, invalidRequest, invalidField, "The external user id field is required.")
	TypeRequired           = documented("TypeRequired", 400, invalidRequest, invalidField, "The type field is required.")
	InvalidPhoneNumber     = documented("InvalidPhoneNumber", 400, invalidRequest, invalidField, "The phone number format is invalid.")
	InvalidEmail           = documented("InvalidEmail", 400, invalidRequest, invalidField, "The email must be a valid email address.")
	InvalidProcessorToken  = documented("InvalidProcessorToken", 400, invalidRequest, invalidField, "The processor token must be a string.")
	InvalidCardBlocked     = documented("InvalidCardBlocked", 400, invalidRequest, invalidField, "The card.blocked field must be true or false.")
	AuthFailed             = documented("AuthFailed", 401, "INVALID_INPUT", "INVALID_API_KEYS", "Invalid client_id or secret provided.")
	NoAccess               = documented("NoAccess", 403, invalidRequest, "NO_ACCESS", "The type of session is not enabled. Please contact Knot for access to this type of session.")
	InternalServerError    = bare("InternalServerError", 500, "Server Error", Documented)
)

// The undocumented siblings: same envelope, wording derived.
var (
	InvalidExternalUserID = envelope("InvalidExternalUserId", 400, invalidRequest, invalidField, "The external user id must be a string.", Derived)
	InvalidCardID         = envelope("InvalidCardId", 400, invalidRequest, invalidField, "The card id must be a string.", Derived)
	InvalidCard           = envelope("InvalidCard", 400, invalidRequest, invalidField, "The card must be an array.", Derived)
	InvalidCardHasFunds   = envelope("InvalidCardHasFunds", 400, invalidRequest, invalidField, "The card.has funds field must be true or false.", Derived)
)

// The answers of the framework around the operation that are always the same.
var (
	// RateLimited has an observed status and a derived body.
	RateLimited = bare("RateLimited", 429, "Too Many Attempts.", Derived)
	// PayloadTooLarge answers a body over the limit, before all else.
	PayloadTooLarge = bare("PayloadTooLarge", 413, "", Derived)
)

const (
	invalidRequest = "INVALID_REQUEST"
	invalidField   = "INVALID_FIELD"
)

// Errors returns the catalogue: every answer but success whose bytes do not
// depend on the request, the documented ones first.
func Errors() []*Error {
	return []*Error{
		InvalidProductType, CardIDRequired, ExternalUserIDRequired, TypeRequired, InvalidPhoneNumber, InvalidEmail,
		InvalidProcessorToken, InvalidCardBlocked, AuthFailed, NoAccess, InternalServerError,
		InvalidExternalUserID, InvalidCardID, InvalidCard, InvalidCardHasFunds, RateLimited, PayloadTooLarge,
	}
}

// RouteNotFound answers a path that is not a route. The path is the one the
// client sent, undecoded and without the slashes around it (derived).
func RouteNotFound(path string) *Error {
	return bare(routeNotFound, 404, fmt.Sprintf("The route %s could not be found.", displayed(path)), Derived)
}

// MethodNotAllowed answers a method that the route does not have (derived).
func MethodNotAllowed(method, path string) *Error {
	return bare(methodNotAllowed, 405, fmt.Sprintf(
		"The %s method is not supported for route %s. Supported methods: POST.", method, displayed(path)), Derived)
}

// InvalidMethodOverride answers an overriding method that is no word of
// letters; the framework takes it for a forged host name (derived).
func InvalidMethodOverride() *Error {
	return bare(invalidMethodOverride, 404, "Bad hostname provided.", Derived)
}

// displayed returns path as the framework prints it: "/" for the root.
func displayed(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return "/"
	}
	return path
}

// documented makes an error of the documented page, in the error envelope.
func documented(name string, status int, typ, code, message string) *Error {
	return envelope(name, status, typ, code, message, Documented)
}

// envelope makes an error in the error envelope. The order of the keys is
// documented.
func envelope(name string, status int, typ, code, message string, evidence Evidence) *Error {
	body := encode(struct {
		Type    string `json:"error_type"`
		Code    string `json:"error_code"`
		Message string `json:"error_message"`
	}{typ, code, message})
	return &Error{Name: name, Status: status, Type: typ, Code: code, Message: message, Evidence: evidence, body: body}
}

// bare makes an error outside the envelope.
func bare(name string, status int, message string, evidence Evidence) *Error {
	body := encode(struct {
		Message string `json:"message"`
	}{message})
	return &Error{Name: name, Status: status, Message: message, Evidence: evidence, body: body}
}

// encode writes v as the API does: compact, no newline, no HTML escapes, and
// ASCII alone (derived; only a path in a message can hold anything else).
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // a struct of strings always encodes
	}
	var ascii strings.Builder
	for _, char := range strings.TrimSuffix(b.String(), "\n") {
		if char < utf8.RuneSelf {
			ascii.WriteRune(char)
			continue
		}
		for _, unit := range utf16.Encode([]rune{char}) {
			fmt.Fprintf(&ascii, `\u%04x`, unit)
		}
	}
	return ascii.String()
}
