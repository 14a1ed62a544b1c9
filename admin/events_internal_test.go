package admin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"knotsandbox/pause"
)

// A reader for whom there is nothing for a while keeps its stream, by either version of
// HTTP.
func TestStreamOutlivesPatience(t *testing.T) {
	t.Parallel()
	const patience = 50 * time.Millisecond
	for _, version := range []int{1, 2} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := newStream(w)
			s.patience = patience
			if s.open() == nil && pause.For(r.Context(), 5*patience) == nil {
				_ = s.send("data: late\n\n")
			}
		}))
		server.EnableHTTP2 = version == 2
		server.StartTLS()
		t.Cleanup(server.Close)
		res, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if want := "retry: 1000\n\ndata: late\n\n"; err != nil || string(text) != want || res.ProtoMajor != version {
			t.Errorf("HTTP/%d: %q, %v by HTTP/%d, want %q", version, text, err, res.ProtoMajor, want)
		}
	}
}
