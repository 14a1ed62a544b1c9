package admin_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"knotsandbox/server"
)

// asBrowser is what a browser accepts of a page.
const asBrowser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// consoleFiles returns the files of the console by name.
func consoleFiles(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("console/*")
	if err != nil || len(names) < 3 {
		t.Fatalf("files of the console: %v, %v", names, err)
	}
	files := map[string]string{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[path.Base(name)] = string(content)
	}
	return files
}

// consoleHeaders are what every file of the console comes with.
var consoleHeaders = map[string]string{
	"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

// Each file of the console is served as what it is, and can do nothing but load
// its like.
func TestConsoleFiles(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	types := map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
	for name, content := range consoleFiles(t) {
		a := s.call("GET /console/"+name, "")
		if a.status != 200 || a.body != content || a.describedRequest != nil {
			t.Errorf("%s: %d %.100s, %v, want its content", name, a.status, a.body, a.describedRequest)
		}
		if got, want := a.header.Get("Content-Type"), types[path.Ext(name)]; got != want {
			t.Errorf("%s: Content-Type %q, want %q", name, got, want)
		}
		for header, want := range consoleHeaders {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s: %s = %q, want %q", name, header, got, want)
			}
		}
	}
}

// The files of the console name files that there are, and hold nothing that
// their policy forbids.
func TestConsoleIsWhole(t *testing.T) {
	t.Parallel()
	files := consoleFiles(t)
	links := regexp.MustCompile(`(?:src|href)="(console/[^"]*)"|(?:from|import) ?'(\./[^']*)'|import\('(\./[^']*)'\)`)
	for name, content := range files {
		for _, match := range links.FindAllStringSubmatch(content, -1) {
			link := path.Base(match[1] + match[2] + match[3])
			if _, ok := files[link]; !ok {
				t.Errorf("%s: there is no %s", name, match[0])
			}
		}
	}
	page := files["index.html"]
	for what, pattern := range map[string]string{
		"a script in the page":   `<script(?:\s[^>]*)?>[^<]`,
		"a style in the page":    `<style|\sstyle=`,
		"a handler in the page":  `\son[a-z]+=`,
		"something from outside": `(?:src|href)="(?:https?:)?//`,
	} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("index.html: %s: %s", what, found)
		}
	}
}

// A browser gets the console where others get the list of routes.
func TestConsolePage(t *testing.T) {
	t.Parallel()
	s := serve(t, config())
	page := consoleFiles(t)["index.html"]
	for _, c := range []struct {
		path, accept string
		status       int
		contentType  string
	}{
		{"/", asBrowser, 200, "text/html; charset=utf-8"},
		{"", asBrowser, 302, ""},
		{"/", "*/*", 200, "application/json"},
		{"", "*/*", 200, "application/json"},
		{"", "", 200, "application/json"},
		{"/", "application/json", 200, "application/json"},
	} {
		a := s.call("GET "+c.path, "", "Accept", c.accept)
		if a.status != c.status || a.header.Get("Content-Type") != c.contentType || a.header.Get("Vary") != "Accept" {
			t.Errorf("GET /__sandbox%s, Accept %s: %d %v, want %d %s that varies by Accept", c.path, c.accept, a.status, a.header, c.status, c.contentType)
		}
		if isPage := a.body == page; isPage != strings.HasPrefix(c.contentType, "text/html") {
			t.Errorf("GET /__sandbox%s, Accept %s: %.100s", c.path, c.accept, a.body)
		}
		if to := a.header.Get("Location"); c.status == 302 && to != "/__sandbox/" {
			t.Errorf("GET /__sandbox: Location %q, want /__sandbox/", to)
		}
		if c.contentType == "text/html; charset=utf-8" {
			for header, want := range consoleHeaders {
				if got := a.header.Get(header); got != want {
					t.Errorf("the page: %s = %q, want %q", header, got, want)
				}
			}
		}
	}
}

// Of the sandbox's files only those of the console can be had, however they are
// spelt, and no token is asked for them alone.
func TestConsoleGuard(t *testing.T) {
	t.Parallel()
	withToken := config()
	withToken.Control.Token = quiet
	locked, open := serve(t, withToken), serve(t, config())
	elsewhere, err := server.New(config()) // not listening, it is not on a loopback address
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(elsewhere.Handler())
	t.Cleanup(front.Close)
	type rules struct{ open, locked, closed int }
	everybody, guarded, nobody := rules{200, 200, 403}, rules{200, 401, 403}, rules{404, 404, 403}
	for _, c := range []struct {
		target, accept string
		want           rules
	}{
		{"GET /__sandbox/", asBrowser, everybody},
		{"GET /__sandbox", asBrowser, rules{302, 302, 403}},
		{"GET /__sandbox/console/index.html", "*/*", everybody},
		{"GET /__sandbox/console/api.js", "", everybody},
		{"GET /__sandbox/", "application/json", guarded},
		{"GET /__sandbox/clients", asBrowser, guarded},
		{"GET /__sandbox/requests", asBrowser, guarded},
		{"GET /__sandbox/metrics", asBrowser, guarded},
		{"GET /__sandbox/events?client=nope", asBrowser, rules{404, 401, 403}},
		{"POST /__sandbox/console/index.html", asBrowser, rules{405, 401, 403}},
		{"HEAD /__sandbox/", asBrowser, rules{405, 401, 403}},
		{"HEAD /__sandbox/console/index.html", asBrowser, rules{405, 401, 403}},
		{"GET /__sandbox/console", asBrowser, rules{404, 401, 403}},
		{"GET /__sandbox/consoles/index.html", asBrowser, rules{404, 401, 403}},
		{"GET /__sandbox//console/index.html", asBrowser, rules{404, 401, 403}},
		{"GET /__sandbox/console/", asBrowser, nobody},
		{"GET /__sandbox/console/nope.js", asBrowser, nobody},
		{"GET /__sandbox/console/..", asBrowser, nobody},
		{"GET /__sandbox/console/../clients", asBrowser, nobody},
		{"GET /__sandbox/console/./../clients", asBrowser, nobody},
		{"GET /__sandbox/console/..%2fclients", asBrowser, nobody},
		{"GET /__sandbox/console/%2e%2e/requests", asBrowser, nobody},
		{"GET /__sandbox/console/%2e%2e%2frequests", asBrowser, nobody},
		{"GET /__sandbox/console/..%2fopenapi.yaml", asBrowser, nobody},
		{"GET /__sandbox/console/..%2f..%2fgo.mod", asBrowser, nobody},
		{"GET /__sandbox/console/..%5copenapi.yaml", asBrowser, nobody},
		{"GET /__sandbox/console/%252e%252e%252fadmin.go", asBrowser, nobody},
		{"GET /__sandbox/console/%2fetc%2fhostname", asBrowser, nobody},
		{"GET /__sandbox/console//etc/hostname", asBrowser, nobody},
		{"GET /__sandbox/console/index.html%00.js", asBrowser, nobody},
		{"GET /__sandbox/console/index.html/", asBrowser, nobody},
		{"GET /__sandbox/console/.%2findex.html", asBrowser, nobody},
		{"GET /__sandbox/console/../console/index.html", asBrowser, nobody},
		{"GET /__sandbox/console/INDEX.HTML", asBrowser, nobody},
	} {
		for url, want := range map[string]int{open.url: c.want.open, locked.url: c.want.locked, front.URL: c.want.closed} {
			if status, body := plainly(t, url, c.target, c.accept); status != want {
				t.Errorf("%s, Accept %s: %d %.200s, want %d (open, locked and closed: %v)", c.target, c.accept, status, body, want, c.want)
			}
		}
	}
}

// plainly makes a request whose target goes over the wire as it is.
func plainly(t *testing.T, url, target, accept string) (status int, body string) {
	t.Helper()
	conn := dial(t, url)
	fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\nConnection: close\r\n\r\n", target, accept)
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	if _, err := fmt.Sscanf(head, "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("%s: %q: %v", target, head, err)
	}
	if status == http.StatusOK && strings.Contains(body, `"client_id"`) && !strings.HasSuffix(target, "/clients") {
		t.Errorf("%s: tells of clients: %s", target, body)
	}
	return status, body
}
