package handlers_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"knotsandbox/bench/floor"
	"knotsandbox/handlers"
	"knotsandbox/knot"
)

// documentedBody is the body of the vendor's example.
const documentedBody = `{"type":"card_switcher","external_user_id":"123abc","card_id":"81n9al10a0ayn13","phone_number":"+11234567890",` +
	`"email":"ada.lovelace@gmail.com","card":{"blocked":false,"has_funds":true},"processor_token":"processor-production-0asd1-a92nc"}`

// discard is a ResponseWriter that keeps nothing but its headers.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteString(s string) (int, error) {
	return len(s), nil
}
func (d discard) WriteHeader(int) {}

// benchmark calls a handler with the same request over and over.
func benchmark(b *testing.B, h http.Handler, call, body string, headers ...string) {
	b.Helper()
	method, path, _ := strings.Cut(call, " ")
	r := newRequest(b, "http://localhost"+path, "", headers...)
	r.Method, r.RequestURI = method, path
	r.ContentLength = int64(len(body))
	reader := strings.NewReader(body)
	r.Body = io.NopCloser(reader)
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(body)
		w := discard{http.Header{}}
		h.ServeHTTP(w, r)
	}
}

// with returns the documented body with one of its values as another.
func with(old, value string) string { return strings.Replace(documentedBody, old, value, 1) }

// The whole handler without the network: the good call and each way to fail.
func BenchmarkCreateSession(b *testing.B) {
	api := newAPI(b)
	good := basic("sandbox", "sandbox")
	for _, c := range []struct{ name, body, authorization string }{
		{"Created", documentedBody, good},
		{"AuthFailed", documentedBody, basic("sandbox", "wrong")},
		{"AuthFailed, nothing sent", documentedBody, ""},
		{"TypeRequired, no JSON", documentedBody + "}", good},
		{"TypeRequired", with(`"type":"card_switcher",`, ""), good},
		{"InvalidProductType", with("card_switcher", "vault"), good},
		{"ExternalUserIdRequired", with(`"123abc"`, "null"), good},
		{"InvalidExternalUserId", with(`"123abc"`, "true"), good},
		{"CardIdRequired", with(`"81n9al10a0ayn13"`, "null"), good},
		{"InvalidCardId", with(`"81n9al10a0ayn13"`, "true"), good},
		{"InvalidPhoneNumber", with("+1", "1"), good},
		{"InvalidEmail", with("@", "."), good},
		{"InvalidCard", with(`{"blocked":false,"has_funds":true}`, "1"), good},
		{"InvalidCardBlocked", with("false", "2"), good},
		{"InvalidCardHasFunds", with(":true", ":2"), good},
		{"InvalidProcessorToken", with(`"processor-production-0asd1-a92nc"`, "1"), good},
		{"NoAccess", session, basic("limited", "a secret")},
	} {
		b.Run(c.name, func(b *testing.B) {
			benchmark(b, api, "POST /session/create", c.body, "Authorization", c.authorization)
		})
	}
	b.Run("RouteNotFound", func(b *testing.B) { benchmark(b, api, "POST /session", documentedBody) })
	b.Run("MethodNotAllowed", func(b *testing.B) { benchmark(b, api, "PUT /session/create", documentedBody) })
	b.Run("PayloadTooLarge", func(b *testing.B) {
		benchmark(b, newAPI(b, func(c *handlers.Config) { c.MaxBody = 100 }), "POST /session/create", documentedBody)
	})
	b.Run("RateLimited", func(b *testing.B) {
		limited := newAPI(b, func(c *handlers.Config) { c.RateLimit = knot.RateLimit{Requests: 1, Per: time.Hour} })
		benchmark(b, limited, "POST /session/create", documentedBody, "Authorization", good)
	})
}

// The floor.
func BenchmarkBareEcho(b *testing.B) {
	benchmark(b, floor.New(nil), "POST /session/create", documentedBody)
}
