package faults

import "net/http"

// malformed is a session that breaks off in the middle of its id. The length is
// that of what is sent: HTTP is in order, only the JSON is not.
func malformed() Answer {
	return success(`{"session":"4b7c1f0e-93d2-4`)
}

// empty is success with nothing to read.
func empty() Answer { return success("") }

// success has the status and header of the API's own success.
func success(body string) Answer {
	return Answer{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-cache, private"}},
		Body:   []byte(body),
	}
}
