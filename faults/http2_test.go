package faults_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
)

func TestHTTP2StreamsAreResetAndTheConnectionStays(t *testing.T) {
	t.Parallel()
	for _, effect := range []string{"reset", "close", "garbage"} {
		t.Run(effect, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, effect, http2)
			response, err := b.Client().Post(b.URL, "application/json", strings.NewReader("{}"))
			if err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
				t.Errorf("%s over HTTP/2 = %v, %v, want RST_STREAM", effect, response, err)
			}
			wellOnTheSameConnection(t, b)
		})
	}
}

func TestHTTP2HangEndsWithEitherSide(t *testing.T) {
	t.Parallel()
	b := newBench(t, "hang", http2)
	ctx, giveUp := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		request, _ := http.NewRequestWithContext(ctx, http.MethodPost, b.URL, strings.NewReader("{}"))
		_, err := b.Client().Do(request)
		done <- err
	}()
	<-b.entered
	giveUp()
	if err := <-done; err == nil {
		t.Error("hang answers")
	}
	_ = b.end(t)
	wellOnTheSameConnection(t, b)

	go func() {
		_, err := b.Client().Post(b.URL, "application/json", strings.NewReader("{}"))
		done <- err
	}()
	<-b.entered
	b.stop()
	if err := <-done; err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
		t.Errorf("hang over HTTP/2 ends with %v when the server stops, want RST_STREAM", err)
	}
}

func TestHTTP2TruncateResetsTheStream(t *testing.T) {
	t.Parallel()
	b := newBench(t, "truncate=20", http2)
	response, err := b.Client().Post(b.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	whole := session().Body
	if err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") || string(body) != string(whole[:20]) ||
		response.ContentLength != int64(len(whole)) {
		t.Errorf("truncate=20 over HTTP/2 = %q of %d, %v, want 20 bytes, then RST_STREAM", body, response.ContentLength, err)
	}
	wellOnTheSameConnection(t, b)
}

func TestHTTP2DeliversWholeAnswers(t *testing.T) {
	t.Parallel()
	for effect, status := range map[string]int{
		"NoAccess": 403, "RateLimited": 429, "BadGateway": 502, "malformed": 200, "empty": 200, "drip=20ms": 200, "delay=1ms": 200,
	} {
		b := newBench(t, effect, http2)
		response, err := b.Client().Post(b.URL, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Errorf("%s over HTTP/2: %v", effect, err)
			continue
		}
		if _, err := io.ReadAll(response.Body); err != nil || response.StatusCode != status || response.ProtoMajor != 2 {
			t.Errorf("%s over HTTP/2 = %v, %v, want %d", effect, response, err, status)
		}
		_ = response.Body.Close()
	}
}

// wellOnTheSameConnection asks for something without a fault.
func wellOnTheSameConnection(t *testing.T, b *bench) {
	t.Helper()
	reused := false
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.URL+"/well", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := b.Client().Do(request)
	if err != nil {
		t.Fatalf("the next request: %v", err)
	}
	_ = response.Body.Close()
	if !reused || response.ProtoMajor != 2 {
		t.Errorf("the next request came over another connection (reused %t, HTTP/%d)", reused, response.ProtoMajor)
	}
}
