package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// dial opens a connection that gives up after patience.
func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// readLine reads up to the empty line after a head and returns its first line.
func readLine(t *testing.T, conn net.Conn) string {
	t.Helper()
	var head []byte
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		one := make([]byte, 1)
		if _, err := conn.Read(one); err != nil {
			t.Fatalf("read %q: %v", head, err)
		}
		head = append(head, one...)
	}
	line, _, _ := strings.Cut(string(head), "\r\n")
	return line
}

// readAll reads one answer and whatever follows until the peer closes.
func readAll(t *testing.T, conn net.Conn) string {
	t.Helper()
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("read %q: %v", all, err)
	}
	return string(all)
}

// shell runs a line as a user would and returns what it prints.
func shell(t *testing.T, line string) string {
	t.Helper()
	out, err := exec.Command("bash", "-o", "pipefail", "-c", line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return string(out)
}

// The eleven documented examples: the answers' bytes as the vendor's page shows
// them stand in testdata/golden. All but the 500 are brought about by a request.
func TestGolden(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for _, c := range []struct {
		name, body, id string
		status         int
	}{
		{"InvalidProductType", `{"type":"vault","external_user_id":"123abc"}`, "sandbox", 400},
		{"CardIdRequired", `{"type":"card_switcher","external_user_id":"123abc"}`, "sandbox", 400},
		{"ExternalUserIdRequired", `{"type":"link"}`, "sandbox", 400},
		{"TypeRequired", `{"external_user_id":"123abc"}`, "sandbox", 400},
		{"InvalidPhoneNumber", `{"type":"link","external_user_id":"123abc","phone_number":"1234567890"}`, "sandbox", 400},
		{"InvalidEmail", `{"type":"link","external_user_id":"123abc","email":"ada.lovelace"}`, "sandbox", 400},
		{"InvalidProcessorToken", `{"type":"link","external_user_id":"123abc","processor_token":5}`, "sandbox", 400},
		{"InvalidCardBlocked", `{"type":"link","external_user_id":"123abc","card":{"blocked":"no"}}`, "sandbox", 400},
		{"AuthFailed", session, "nobody", 401},
		{"NoAccess", session, "limited", 403},
	} {
		want, err := os.ReadFile(filepath.Join("testdata/golden", c.name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		a := p.post(c.body, "Authorization", basic(c.id, c.id))
		if a.status != c.status || a.body != string(want) {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.status, a.body, c.status, want)
		}
		if got := a.header.Get("X-Sandbox-Evidence"); got != "documented" {
			t.Errorf("%s: evidence %q, want documented", c.name, got)
		}
	}
	want, err := os.ReadFile("testdata/golden/InternalServerError.json")
	if err != nil {
		t.Fatal(err)
	}
	if a := p.post(session, "X-Sandbox-Fault", "InternalServerError"); a.status != 500 || a.body != string(want) {
		t.Errorf("InternalServerError: %d %s, want 500 %s", a.status, a.body, want)
	}
	seen := map[string]bool{}
	for range 100 {
		a := p.post(session)
		if a.status != 200 || !created.MatchString(a.body) || seen[a.body] {
			t.Errorf("%d %s, want 200 with a new session", a.status, a.body)
		}
		seen[a.body] = true
	}
}

// The page's own call sends card with transaction_link and no card_id.
func TestDocumentedCall(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	const body = `{
  "type": "transaction_link",
  "external_user_id": "123abc",
  "phone_number": "+11234567890",
  "email": "ada.lovelace@gmail.com",
  "card": {
    "blocked": false,
    "has_funds": true
  },
  "processor_token": "processor-production-0asd1-a92nc"
}`
	if a := p.post(body); a.status != 200 {
		t.Errorf("%d %s, want 200", a.status, a.body)
	}
}

// Each request breaks everything that is checked later as well.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--max-body", "100")
	long := strings.Repeat("x", 101)
	for _, c := range []struct {
		name, method, path, body, id string
		want                         int
	}{
		{"size before path", "POST", "/nope", long, "nobody", 413},
		{"size before method", "PUT", "/session/create", long, "nobody", 413},
		{"path before credentials", "POST", "/nope", "{}", "nobody", 404},
		{"method before credentials", "PUT", "/session/create", "{}", "nobody", 405},
		{"credentials before input", "POST", "/session/create", "{}", "nobody", 401},
		{"input before product", "POST", "/session/create", `{"type":"link"}`, "limited", 400},
		{"product before session", "POST", "/session/create", session, "limited", 403},
		{"session", "POST", "/session/create", session, "sandbox", 200},
	} {
		if a := p.send(c.method, c.path, c.body, "Authorization", basic(c.id, c.id)); a.status != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, a.status, a.body, c.want)
		}
	}
}

func TestMaxBody(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	const limit = 8 << 20
	whole := session + strings.Repeat(" ", limit-len(session))
	if a := p.post(whole); a.status != 200 {
		t.Errorf("%d bytes: %d, want 200", limit, a.status)
	}
	if a := p.post(whole + " "); a.status != 413 || a.body != `{"message":""}` {
		t.Errorf("%d bytes: %d %s, want 413", limit+1, a.status, a.body)
	}
	// Without a length the limit is found while reading.
	conn := dial(t, p.url)
	fmt.Fprint(conn, "POST /session/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	go func() { // the server may hang up before all is written
		for range limit/(1<<16) + 1 {
			if _, err := fmt.Fprintf(conn, "10000\r\n%s\r\n", strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
		fmt.Fprint(conn, "0\r\n\r\n")
	}()
	if line := readLine(t, conn); !strings.Contains(line, " 413 ") {
		t.Errorf("chunked: %q, want 413", line)
	}
}

// Requests that cannot be read at all get a 400 of the HTTP layer, and the
// next caller is served.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	const head = "POST /session/create HTTP/1.1\r\nHost: x\r\n"
	for name, request := range map[string]string{
		"no HTTP":               "hello\r\n\r\n",
		"no Host":               "POST /session/create HTTP/1.1\r\n\r\n",
		"bad length":            head + "Content-Length: x\r\n\r\n",
		"two lengths":           head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
		"control byte":          head + "X: a\x01b\r\n\r\n",
		"bad percent":           "POST /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"bad chunk":             head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"chunk that breaks off": head + "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
		"body that breaks off":  head + "Content-Length: 10\r\n\r\n{}",
		"folded header":         head + " folded: 1\r\nContent-Length: 0\r\n\r\n",
	} {
		conn := dial(t, p.url)
		fmt.Fprint(conn, request)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		got := readAll(t, conn)
		if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, "Connection: close\r\n") || !strings.Contains(got, "\r\n\r\n400 Bad Request") {
			t.Errorf("%s: %q, want a 400 of the HTTP layer", name, got)
		}
	}
	if a := p.post(session); a.status != 200 {
		t.Errorf("the next caller got %d, want 200", a.status)
	}
}

// Framing of HTTP: keep-alive, pipelining, HEAD and targets of other forms.
func TestFraming(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	conn := dial(t, p.url)
	one := fmt.Sprintf("POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		basic("sandbox", "sandbox"), len(session), session)
	fmt.Fprint(conn, one+one+"HEAD /session/create HTTP/1.1\r\nHost: x\r\n\r\n"+
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"+
		"POST http://x/session/create HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	got := readAll(t, conn)
	var lines []string
	for _, line := range strings.Split(got, "\r\n") {
		if _, after, ok := strings.Cut(line, "HTTP/1.1 "); ok {
			lines = append(lines, after)
		}
	}
	if want := "200 OK,200 OK,405 Method Not Allowed,404 Not Found,401 Unauthorized"; strings.Join(lines, ",") != want {
		t.Errorf("answers %q, want %s; all of it:\n%s", lines, want, got)
	}
	if strings.Count(got, `{"session":"`) != 2 || strings.Contains(got, "Transfer-Encoding") {
		t.Errorf("want two sessions, each with its length:\n%s", got)
	}
}

func TestHundredClientsAtOnce(t *testing.T) {
	t.Parallel()
	args := make([]string, 0, 200)
	for i := range 100 {
		args = append(args, "--client", fmt.Sprintf("client-%d:secret-%d", i, i))
	}
	p := start(t, nil, args...)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			own := basic(fmt.Sprint("client-", i), fmt.Sprint("secret-", i))
			other := basic(fmt.Sprint("client-", i), fmt.Sprint("secret-", (i+1)%100))
			for range 5 {
				if a := p.post(session, "Authorization", own); a.status != http.StatusOK {
					t.Errorf("client %d: %d, want 200", i, a.status)
				}
				if a := p.post(session, "Authorization", other); a.status != http.StatusUnauthorized {
					t.Errorf("client %d with another's secret: %d, want 401", i, a.status)
				}
			}
		})
	}
	wg.Wait()
}
