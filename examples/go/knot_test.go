package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// newClient mints a client of the sandbox at KNOT_BASE_URL for one test, so that
// tests run side by side, and arms a fault for it if there is one.
func newClient(t *testing.T, mint, fault string) *Client {
	t.Helper()
	base := os.Getenv("KNOT_BASE_URL")
	if base == "" {
		t.Skip("skipped, because KNOT_BASE_URL names no sandbox")
	}
	var pair struct {
		ID     string `json:"client_id"`
		Secret string `json:"secret"`
	}
	control(t, base+"/__sandbox/clients", mint, &pair)
	if fault != "" {
		control(t, base+"/__sandbox/faults", "client="+pair.ID+" "+fault, nil)
	}
	return &Client{BaseURL: base, ID: pair.ID, Secret: pair.Secret, Wait: 5 * time.Millisecond}
}

func control(t *testing.T, url, body string, answer any) {
	t.Helper()
	res, err := http.Post(url, "", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", url, res.Status)
	}
	if answer != nil {
		if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGood(t *testing.T) {
	t.Parallel()
	session, err := newClient(t, "", "").CreateSession(t.Context(), "link", "u")
	if err != nil || session == "" {
		t.Errorf("CreateSession() = %q, %v", session, err)
	}
}

func TestInvalidIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, "", "").CreateSession(t.Context(), "nonsense", "u")
	var failed *Error
	if !errors.As(err, &failed) || failed.Status != 400 || failed.Code != "PRODUCT_NOT_VALID" {
		t.Errorf("CreateSession() = %v, want a 400 PRODUCT_NOT_VALID", err)
	}
}

func TestTwoFailuresAreOvercome(t *testing.T) {
	t.Parallel()
	session, err := newClient(t, "", "InternalServerError times=2").CreateSession(t.Context(), "link", "u")
	if err != nil || session == "" {
		t.Errorf("CreateSession() = %q, %v", session, err)
	}
}

func TestDisabledProduct(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, `{"products":["transaction_link"]}`, "").CreateSession(t.Context(), "link", "u")
	var failed *Error
	if !errors.As(err, &failed) || failed.Status != 403 || failed.Code != "NO_ACCESS" {
		t.Errorf("CreateSession() = %v, want a 403 NO_ACCESS", err)
	}
}
