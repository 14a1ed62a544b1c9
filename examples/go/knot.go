// Package main is a small program that integrates Knot: it creates a session, and
// tries again when that may help.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Client calls the Knot API.
type Client struct {
	BaseURL, ID, Secret string
	// Wait is how long to wait after the first failure, about; then twice as long,
	// and so on.
	Wait time.Duration
}

// maxAttempts is how often a call is tried.
const maxAttempts = 4

// Error is an answer of the API other than success.
type Error struct {
	Status  int
	Code    string `json:"error_code"`
	Message string `json:"error_message"`
}

func (e *Error) Error() string { return fmt.Sprintf("knot: %d %s %s", e.Status, e.Code, e.Message) }

// CreateSession creates a session of a product for a user.
func (c *Client) CreateSession(ctx context.Context, product, userID string) (string, error) {
	body, err := json.Marshal(map[string]string{"type": product, "external_user_id": userID})
	if err != nil {
		return "", err
	}
	for attempt := 1; ; attempt++ {
		session, wait, err := c.try(ctx, body)
		if err == nil || wait == 0 || attempt == maxAttempts {
			return session, err
		}
		select {
		case <-time.After(max(wait, backoff(c.Wait, attempt))):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// try makes one attempt. If it failed and another may help, it says how long to
// wait at least.
func (c *Client) try(ctx context.Context, body []byte) (session string, wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.BaseURL+"/session/create", bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	r.SetBasicAuth(c.ID, c.Secret)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", time.Nanosecond, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return "", time.Nanosecond, err
	}
	if res.StatusCode == http.StatusOK {
		var created struct{ Session string }
		err := json.Unmarshal(answer, &created)
		return created.Session, time.Nanosecond, err // broken JSON is worth another try
	}
	failed := &Error{Status: res.StatusCode}
	_ = json.Unmarshal(answer, failed) // a page of a proxy holds no more
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode < 500 {
		return "", 0, failed
	}
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return "", max(time.Duration(seconds)*time.Second, time.Nanosecond), failed
}

// backoff doubles with each attempt, give or take a quarter, so that clients that
// failed together do not come back together.
func backoff(first time.Duration, attempt int) time.Duration {
	d := first << (attempt - 1)
	return d*3/4 + rand.N(d/2+1)
}
