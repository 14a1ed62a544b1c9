package faults_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"knotsandbox/faults"
)

// withFaults lets the armed faults happen: wait, work or not, deliver.
func withFaults(set *faults.Set, catalogue map[string]faults.Answer, api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that net/http notices when the caller goes
		id, _, _ := r.BasicAuth()
		decision, hit := set.Decide(time.Now(), 1, faults.Request{Client: id, Method: r.Method, Path: r.URL.Path})
		if !hit {
			api.ServeHTTP(w, r)
			return
		}
		effect := decision.Effect
		if !effect.AfterWork {
			_ = effect.Wait(w, r) // released early: go on; a caller that has gone hears nothing
		}
		answer := catalogue[effect.Name]
		if effect.WorksFirst() {
			record := httptest.NewRecorder()
			api.ServeHTTP(record, r)
			if effect.Kind != faults.Outcome {
				answer = faults.Answer{Status: record.Code, Header: record.Header(), Body: record.Body.Bytes()}
			}
		}
		if effect.AfterWork {
			_ = effect.Wait(w, r)
		}
		w.Header().Set("X-Sandbox-Fault", decision.ID+" "+decision.Fault.String())
		_ = effect.Deliver(w, r, answer, time.Now())
	})
}

// The middleware that carries decisions out.
func ExampleEffect_Deliver() {
	language, err := faults.NewLanguage([]string{"NoAccess"}, faults.Incidents())
	if err != nil {
		fmt.Println(err)
		return
	}
	rule, err := language.ParseRule("client=acme delay=5ms NoAccess times=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	var set faults.Set
	if _, err := set.Arm(time.Now(), rule); err != nil {
		fmt.Println(err)
		return
	}
	catalogue := map[string]faults.Answer{"NoAccess": {Status: http.StatusForbidden, Body: []byte("no access")}}
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a session") })

	server := httptest.NewServer(withFaults(&set, catalogue, api))
	defer server.Close()
	for range 2 {
		request, _ := http.NewRequest(http.MethodPost, server.URL, strings.NewReader("{}"))
		request.SetBasicAuth("acme", "secret")
		response, err := server.Client().Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		fmt.Printf("%d %s (%s)\n", response.StatusCode, body, response.Header.Get("X-Sandbox-Fault"))
	}
	// Output:
	// 403 no access (f1 delay=5ms NoAccess times=1)
	// 200 a session ()
}
