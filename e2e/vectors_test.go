package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// vector is one recorded request with the answer of the reference server.
type vector struct {
	ID      string
	Group   string
	Request struct {
		Method, Path string
		Headers      [][2]string
		Body         *string
		BodyBase64   *string `json:"body_base64"`
	}
	Response struct {
		Status      int
		ContentType string `json:"content_type"`
		JSON        any
		Body        *string
		Headers     [][2]string
	}
	Note string
}

// vectorCount is how many vectors there are; fewer would prove less.
const vectorCount = 3788

// The reference answers, each played over a connection of its own.
func TestVectors(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	files, err := filepath.Glob("testdata/vectors/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, file := range files {
		vectors := readVectors(t, file)
		total += len(vectors)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			t.Parallel()
			for _, v := range vectors {
				playVector(t, strings.TrimPrefix(p.url, "http://"), v)
			}
		})
	}
	if total != vectorCount {
		t.Errorf("%d vectors, want %d", total, vectorCount)
	}
}

func readVectors(t *testing.T, file string) []vector {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	for line := range bytes.Lines(content) {
		var v vector
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, v)
	}
	return list
}

// bytes returns the request as it stood on the wire.
func (v *vector) bytes(t *testing.T, host string) []byte {
	t.Helper()
	var body []byte
	switch r := v.Request; {
	case r.Body != nil:
		body = []byte(*r.Body)
	case r.BodyBase64 != nil:
		decoded, err := base64.StdEncoding.DecodeString(*r.BodyBase64)
		if err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		body = decoded
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", v.Request.Method, v.Request.Path, host)
	for _, h := range v.Request.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if v.Request.Body != nil || v.Request.BodyBase64 != nil {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("Connection: close\r\n\r\n")
	b.Write(body)
	return b.Bytes()
}

func playVector(t *testing.T, address string, v vector) {
	t.Helper()
	a, err := exchangeRaw(address, v.Request.Method, v.bytes(t, address))
	if err != nil {
		t.Errorf("%s (%s): %v", v.ID, v.Note, err)
		return
	}
	checkInvariants(t, v.ID, v.Request.Method, a)
	checkDescribed(t, v.ID, v.Request.Method, v.Request.Path, a)
	if problem := v.difference(a); problem != "" {
		t.Errorf("%s (%s): %s", v.ID, v.Note, problem)
	}
}

// exchangeRaw writes bytes to a new connection and reads the answer.
func exchangeRaw(address, method string, request []byte) (answer, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	if _, err := conn.Write(request); err != nil {
		return answer{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(body)}, err
}

// difference tells how an answer differs from the recorded one, or "".
func (v *vector) difference(a answer) string {
	want := v.Response
	if a.status != want.Status {
		return fmt.Sprintf("status = %d, want %d; body %s", a.status, want.Status, a.body)
	}
	if got, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); want.ContentType != "" {
		if wanted, _, _ := mime.ParseMediaType(want.ContentType); got != wanted {
			return fmt.Sprintf("content type = %s, want %s", got, wanted)
		}
	}
	for _, h := range want.Headers {
		if got := a.header.Get(h[0]); got != h[1] {
			return fmt.Sprintf("%s = %q, want %q", h[0], got, h[1])
		}
	}
	switch {
	case v.Request.Method == http.MethodHead:
		if a.body != "" {
			return "a body after HEAD"
		}
	case want.Body != nil:
		if a.body != *want.Body {
			return fmt.Sprintf("body = %q, want %q", a.body, *want.Body)
		}
	case want.JSON != nil:
		return jsonDifference(a.body, want.JSON)
	}
	return ""
}

func jsonDifference(body string, want any) string {
	if reflect.DeepEqual(want, map[string]any{"session": "<uuid>"}) {
		if !created.MatchString(body) {
			return fmt.Sprintf("body = %s, want a session", body)
		}
		return ""
	}
	var got any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		return fmt.Sprintf("body %q: %v", body, err)
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Sprintf("body = %s, want %v", body, want)
	}
	return ""
}
