package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"knotsandbox/server"
)

// documentedBody is the body of the vendor's example.
const documentedBody = `{"type":"card_switcher","external_user_id":"123abc","card_id":"81n9al10a0ayn13","phone_number":"+11234567890",` +
	`"email":"ada.lovelace@gmail.com","card":{"blocked":false,"has_funds":true},"processor_token":"processor-production-0asd1-a92nc"}`

// nowhere is a ResponseWriter that keeps nothing but its headers.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header               { return n.header }
func (n nowhere) Write(b []byte) (int, error)       { return len(b), nil }
func (n nowhere) WriteString(s string) (int, error) { return len(s), nil }
func (n nowhere) WriteHeader(int)                   {}

// The documented call without the network, with all that the sandbox does about
// it: credentials, rules, session, hint, journal, coverage, metrics. Compare with
// the benchmarks of package handlers, which only answer.
func BenchmarkDocumentedCall(b *testing.B) { benchmarkCall(b, http.StatusOK) }

// BenchmarkInternalServerError is the same call, met by a rule: the one documented error
// that no request brings about by itself.
func BenchmarkInternalServerError(b *testing.B) {
	benchmarkCall(b, http.StatusInternalServerError, "InternalServerError")
}

// benchmarkCall makes the documented call, with rules armed.
func benchmarkCall(b *testing.B, status int, rules ...string) {
	b.Helper()
	s, err := server.New(server.Config{Clients: clients(), Faults: rules})
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, "http://localhost/session/create", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.SetBasicAuth("a", "a")
	r.Header.Set("Content-Type", "application/json")
	r.RequestURI, r.ContentLength = "/session/create", int64(len(documentedBody))
	reader := strings.NewReader("")
	r.Body = io.NopCloser(reader)
	h := s.Handler()
	reader.Reset(documentedBody)
	answer := httptest.NewRecorder()
	if h.ServeHTTP(answer, r); answer.Code != status {
		b.Fatalf("%d, want %d", answer.Code, status)
	}
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(documentedBody)
		h.ServeHTTP(nowhere{http.Header{}}, r)
	}
}
