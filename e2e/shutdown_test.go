package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// caller sends a call over and over, until it gets no answer.
type caller struct {
	client   *http.Client
	fault    string
	answered int
	broken   error // an answer that began and was none
}

// call reports whether an answer came. Anything else has to be a refusal: not a byte.
func (c *caller) call(url string) bool {
	began := false
	trace := httptrace.ClientTrace{GotFirstResponseByte: func() { began = true }}
	r, err := http.NewRequest(http.MethodPost, url+"/session/create", strings.NewReader(session))
	if err != nil {
		c.broken = err
		return false
	}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &trace))
	r.SetBasicAuth("sandbox", "sandbox")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Sandbox-Fault", c.fault)
	res, err := c.client.Do(r)
	if err != nil {
		if began {
			c.broken = err
		}
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !created.Match(body) {
		c.broken = fmt.Errorf("%s with %q, %w", res.Status, body, err)
		return false
	}
	c.answered++
	return true
}

// underLoad lets many callers call at once, half of them on connections that they keep
// and some of them slowly, so that there are always requests under way. It does
// something in the middle, and returns how many answers came when all are refused.
func underLoad(t *testing.T, url string, do func()) int {
	t.Helper()
	const callers, middle = 32, 300
	all := make([]*caller, callers)
	var total atomic.Int64
	isMiddle := make(chan bool)
	var wg sync.WaitGroup
	for i := range all {
		transport := &http.Transport{
			DisableKeepAlives: i%2 == 0, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		}
		all[i] = &caller{client: &http.Client{Timeout: patience, Transport: transport}}
		if i%8 < 2 {
			all[i].fault = "delay=50ms"
		}
		wg.Go(func() {
			defer transport.CloseIdleConnections()
			for all[i].call(url) {
				if total.Add(1) == middle {
					close(isMiddle)
				}
			}
		})
	}
	select {
	case <-isMiddle:
	case <-time.After(patience):
		t.Errorf("%d answers in %v, want %d", total.Load(), patience, middle)
	}
	do()
	wg.Wait()
	for _, c := range all {
		if c.broken != nil {
			t.Errorf("a caller got %v", c.broken)
		}
	}
	return int(total.Load())
}

// Whoever is not refused is answered: callers have as many answers as the program says
// it had requests, by HTTP/1.1 and, where connections are kept, by HTTP/2. The port is
// free at once, and a second start is as good as the first.
func TestSigtermUnderLoad(t *testing.T) {
	t.Parallel()
	address, dir := "127.0.0.1:0", t.TempDir()
	for _, scheme := range []string{"http", "http", "https", "https"} {
		p := launch(t, nil, "--listen", address, "--tls=127.0.0.1:0", "--tls-dir", dir)
		url := regexp.MustCompile(scheme + `://[0-9.:]+`).FindString(p.ready)
		answered := underLoad(t, url, func() { _ = p.cmd.Process.Signal(syscall.SIGTERM) })
		if code := p.wait(); code != 0 {
			t.Errorf("%s: exit code %d, want 0; stderr:\n%s", scheme, code, p.stderr)
		}
		if want := fmt.Sprintf("msg=stopped requests=%d\n", answered); !strings.Contains(p.stderr.String(), want) {
			t.Errorf("%s: stderr:\n%s\nwant %s, as many as got an answer", scheme, p.stderr, want)
		}
		address = strings.TrimPrefix(p.url, "http://")
	}
}

// underWay opens a connection with a request whose body is missing, which is under way
// from then on.
func underWay(t *testing.T, url string) net.Conn {
	t.Helper()
	conn := dial(t, url)
	fmt.Fprintf(conn, "POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2FuZGJveDpzYW5kYm94\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(session))
	if line := readLine(t, conn); !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, want 100 Continue", line)
	}
	return conn
}

// drain sends a signal and waits until nobody is let in any more.
func (p *process) drain(sig os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
	}
}

// While the one still answers what is under way, the next can have its port; it keeps
// the address file as well.
func TestStartWhileAnotherDrains(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "address")
	p := launch(t, nil, "--listen", "127.0.0.1:0", "--address-file", path)
	conn := underWay(t, p.url)
	p.drain(syscall.SIGTERM)
	next := start(t, nil, "--listen", strings.TrimPrefix(p.url, "http://"), "--address-file", path)
	if a := next.post(session); a.status != http.StatusOK || next.url != p.url {
		t.Errorf("the next answers %d at %s, want 200 at %s", a.status, next.url, p.url)
	}
	fmt.Fprint(conn, session)
	if rest := readAll(t, conn); !strings.Contains(rest, "HTTP/1.1 200 OK") {
		t.Errorf("the request under way got %q, want its session", rest)
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0; stderr:\n%s", code, p.stderr)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != next.url+"\n" {
		t.Errorf("address file = %q, %v, want %s", content, err, next.url)
	}
}

// endedBy reports whether a signal ended a program by itself.
func endedBy(cmd *exec.Cmd, sig os.Signal) bool {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == sig
}

// isImage reports whether what was started is a container, which a signal reaches late
// or, if it is SIGKILL, not at all.
func isImage() bool { return os.Getenv(imageVariable) != "" }

// A second signal does not wait for what is under way.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := launch(t, nil, "--listen", "127.0.0.1:0")
		conn := underWay(t, p.url)
		p.drain(syscall.SIGTERM)
		if err := p.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		code := p.wait()
		if isByExit := isImage() && code == 2; !isByExit && !endedBy(p.cmd, sig) { // no signal ends process 1
			t.Errorf("%v while it drains: %v, want an end by the signal", sig, p.cmd.ProcessState)
		}
		if rest, _ := io.ReadAll(conn); len(rest) > 0 { // closed or reset
			t.Errorf("%v: the request under way got %q, want nothing", sig, rest)
		}
	}
}

// Faults that are slow on purpose are let go: a delay is over, what hangs or drips is
// closed.
func TestSigtermEndsSlowFaults(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, "--listen", "127.0.0.1:0")
	faults := map[string]func(string) bool{
		"delay=1h":          func(got string) bool { return strings.HasSuffix(got, `"}`) && strings.Contains(got, "200 OK") },
		"delay=1h NoAccess": func(got string) bool { return strings.Contains(got, "403 Forbidden") },
		"hang":              func(got string) bool { return got == "" },
		"drip=1h":           func(got string) bool { return strings.Contains(got, "200 OK") && !strings.HasSuffix(got, `"}`) },
	}
	conns := map[string]net.Conn{}
	for fault := range faults {
		conns[fault] = dial(t, p.url)
		fmt.Fprintf(conns[fault], "POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2FuZGJveDpzYW5kYm94\r\n"+
			"X-Sandbox-Fault: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", fault, len(session), session)
	}
	for met := 0; met < len(faults); { // all of them are under way
		met = strings.Count(p.exchange(http.MethodGet, "/__sandbox/faults", "").body, `"hit": 1`)
		runtime.Gosched()
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for fault, isRight := range faults {
		if got, _ := io.ReadAll(conns[fault]); !isRight(string(got)) { // it may break off
			t.Errorf("%s: the caller got %q", fault, got)
		}
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0; stderr:\n%s", code, p.stderr)
	}
}

// Whenever the signal comes, the program ends, either as it always does or, in its first
// moments, by the signal; and no address file is left.
func TestSigtermDuringStart(t *testing.T) {
	t.Parallel()
	if isImage() {
		t.Skip("the signal would end docker, not the program in its container")
	}
	path := filepath.Join(t.TempDir(), "address")
	for n := range 20 {
		cmd := command(nil, "--listen", "127.0.0.1:0", "--address-file", path)
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for time.Since(began) < time.Duration(n)*time.Millisecond { // each time a little later
			runtime.Gosched()
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		watchdog := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // the state says it
		watchdog.Stop()
		if cmd.ProcessState.ExitCode() != 0 && !endedBy(cmd, syscall.SIGTERM) {
			t.Errorf("SIGTERM after %d ms: %v, want exit code 0 or an end by the signal", n, cmd.ProcessState)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("SIGTERM after %d ms: address file: %v, want none", n, err)
		}
	}
}

// A program that was killed leaves its address file, which misleads nobody, and nothing
// that hinders the next.
func TestStartAfterKill(t *testing.T) {
	t.Parallel()
	if isImage() {
		t.Skip("the signal would end docker, not the program in its container")
	}
	path := filepath.Join(t.TempDir(), "address")
	p := launch(t, nil, "--listen", "127.0.0.1:0", "--address-file", path)
	answered := underLoad(t, p.url, func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	p.wait()
	if answered == 0 {
		t.Error("no answers, want some before the end")
	}
	if code, _, stderr := outcome(t, nil, "healthcheck", "--address-file", path); code != 1 {
		t.Errorf("healthcheck by the file of a killed program: exit %d, stderr %q, want 1", code, stderr)
	}
	next := launch(t, nil, "--listen", strings.TrimPrefix(p.url, "http://"), "--address-file", path)
	if code, _, stderr := outcome(t, nil, "healthcheck", "--address-file", path); code != 0 {
		t.Errorf("healthcheck of the next: exit %d, stderr %q, want 0", code, stderr)
	}
	if a := next.post(session); a.status != http.StatusOK {
		t.Errorf("the next answers %d, want 200", a.status)
	}
	if code := next.stop(); code != 0 {
		t.Errorf("exit code of the next %d, want 0", code)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v, want nothing", left, err)
	}
}
