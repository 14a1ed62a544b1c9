package knot_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"knotsandbox/knot"
)

// The documented examples, byte for byte as the vendor's page shows them.
func TestDocumentedBodies(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"InvalidProductType":     `400 {"error_type":"INVALID_INPUT","error_code":"PRODUCT_NOT_VALID","error_message":"The selected type is invalid."}`,
		"CardIdRequired":         `400 {"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The card_id field is required when type = card_switcher."}`,
		"ExternalUserIdRequired": `400 {"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The external user id field is required."}`,
		"TypeRequired":           `400 {"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The type field is required."}`,
		"InvalidPhoneNumber":     `400 {"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The phone number format is invalid."}`,
		"InvalidEmail":           `400 {"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The email must be a valid email address."}`,
		"InvalidProcessorToken":  `400 {"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The processor token must be a string."}`,
		"InvalidCardBlocked":     `400 {"error_type":"INVALID_REQUEST","error_code":"INVALID_FIELD","error_message":"The card.blocked field must be true or false."}`,
		"AuthFailed":             `401 {"error_type":"INVALID_INPUT","error_code":"INVALID_API_KEYS","error_message":"Invalid client_id or secret provided."}`,
		"NoAccess":               `403 {"error_type":"INVALID_REQUEST","error_code":"NO_ACCESS","error_message":"The type of session is not enabled. Please contact Knot for access to this type of session."}`,
		"InternalServerError":    `500 {"message":"Server Error"}`,
	}
	for _, e := range knot.Errors() {
		if e.Evidence != knot.Documented {
			continue
		}
		if got := fmt.Sprintf("%d %s", e.Status, e.Body()); got != want[e.Name] {
			t.Errorf("%s = %s, want %s", e.Name, got, want[e.Name])
		}
		delete(want, e.Name)
	}
	for name := range want {
		t.Errorf("%s is not in the catalogue", name)
	}
}

func TestErrorNamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range knot.Errors() {
		if seen[e.Name] {
			t.Errorf("%s is there twice", e.Name)
		}
		seen[e.Name] = true
	}
}

func TestErrorIsByName(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("route: %w", knot.RouteNotFound("/nope"))
	if !errors.Is(wrapped, knot.RouteNotFound("/other")) {
		t.Error("errors.Is(RouteNotFound(/nope), RouteNotFound(/other)) = false, want true")
	}
	if errors.Is(wrapped, knot.AuthFailed) {
		t.Error("errors.Is(RouteNotFound, AuthFailed) = true, want false")
	}
}

func TestRouteNotFoundBody(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/":       `{"message":"The route / could not be found."}`,
		"/nope/":  `{"message":"The route nope could not be found."}`,
		`/no"pe`:  `{"message":"The route no\"pe could not be found."}`,
		"/café😀":  `{"message":"The route caf\u00e9\ud83d\ude00 could not be found."}`,
		"/<b>&%2": `{"message":"The route <b>&%2 could not be found."}`,
	} {
		if got := knot.RouteNotFound(path).Body(); got != want {
			t.Errorf("RouteNotFound(%q).Body() = %s, want %s", path, got, want)
		}
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value                          knot.Value
		blank, filled, str, num, array bool
		text                           string
	}{
		{knot.Null, true, false, false, false, false, ""},
		{knot.StringValue(""), true, false, false, false, false, ""},
		{knot.StringValue("abc"), false, true, true, false, false, "abc"},
		{knot.StringValue("\x00\t"), true, false, true, false, false, "\x00\t"},
		{knot.StringValue(`"`), false, true, true, false, false, `"`},
		{"0", false, true, false, true, false, "0"},
		{"-1.5", false, true, false, true, false, "-1.5"},
		{"false", false, true, false, false, false, "false"},
		{knot.EmptyArray, false, false, false, false, true, "[]"},
		{`{"a":1}`, false, true, false, false, true, `{"a":1}`},
		{knot.File, false, true, false, false, false, "file"},
	} {
		v := c.value
		got := fmt.Sprint(v.IsBlank(), v.IsFilled(), v.IsString(), v.IsNumber(), v.IsArray(), v.Text())
		want := fmt.Sprint(c.blank, c.filled, c.str, c.num, c.array, c.text)
		if got != want {
			t.Errorf("%q: blank filled string number array text = %s, want %s", v, got, want)
		}
	}
}

func TestProductSet(t *testing.T) {
	t.Parallel()
	s := knot.NewProductSet(knot.Link, knot.CardSwitcher, "unknown")
	if got, want := s.String(), "card_switcher, link"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if s.Has(knot.TransactionLink) || s.Has("unknown") || !s.Has(knot.Link) {
		t.Errorf("%v has the wrong members", s.List())
	}
	if got := knot.NewProductSet().List(); got == nil || len(got) != 0 {
		t.Errorf("List() of the empty set = %v, want an empty list", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	if _, err := knot.ParseProduct("Link"); err == nil {
		t.Error("ParseProduct(Link) = nil error, want one: case matters")
	}
	if level, err := knot.ParsePhoneLevel(""); level != knot.PhoneE164 || err != nil {
		t.Errorf("ParsePhoneLevel(\"\") = %v, %v, want e164", level, err)
	}
	if _, err := knot.ParsePhoneLevel("strict"); err == nil {
		t.Error("ParsePhoneLevel(strict) = nil error, want one")
	}
	for _, id := range []string{"", "a:b", "a\x00"} {
		if knot.CheckClientID(id) == nil {
			t.Errorf("CheckClientID(%q) = nil, want an error", id)
		}
	}
}

func TestDigestOf(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, 31, 32, 63, 64, 65, 128, 1000} {
		secret := strings.Repeat("s", length)
		if got, want := knot.DigestOf(secret), knot.Digest(sha256.Sum256([]byte(secret))); got != want {
			t.Errorf("of %d bytes: %x, want %x", length, got, want)
		}
	}
}
