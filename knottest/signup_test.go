package knottest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// signUp stands for the program under test: it makes a session for a user, and tries
// up to three times while the API is not well.
func signUp(baseURL, clientID, secret, user string) (session string, err error) {
	for range 3 {
		session, err = createSession(baseURL, clientID, secret, user)
		if !errors.Is(err, errNotWell) {
			break
		}
	}
	return session, err
}

var errNotWell = errors.New("the API is not well")

func createSession(baseURL, clientID, secret, user string) (string, error) {
	body := fmt.Sprintf(`{"type":"link","external_user_id":%q}`, user)
	r, err := http.NewRequest(http.MethodPost, baseURL+"/session/create", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.SetBasicAuth(clientID, secret)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", errNotWell
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode >= http.StatusInternalServerError:
		return "", errNotWell
	case res.StatusCode != http.StatusOK:
		return "", errors.New(res.Status)
	}
	var answer struct{ Session string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return "", err
	}
	return answer.Session, nil
}
