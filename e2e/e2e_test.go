// Package e2e tests the built program from outside. It imports nothing of the
// project.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// imageVariable names an image to test in place of the program.
const imageVariable = "KNOT_SANDBOX_E2E_IMAGE"

// binary is the program under test, made once by suite: built from the sources, or
// a script that runs an image.
var binary string

// suite runs the tests with the program under test, and ends the browser.
type suite struct{ *testing.M }

func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "knot-sandbox-e2e")
	if err == nil {
		binary = filepath.Join(dir, "knot-sandbox")
		if image := os.Getenv(imageVariable); image != "" {
			err = writeImageScript(binary, image)
		} else {
			err = run("..", "go", append(append([]string{"build"}, raceFlags...), "-o", binary, ".")...)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := s.M.Run()
	stopBrowser()
	_ = os.RemoveAll(dir)
	return code
}

// TestMain fails when a goroutine is left behind by the tests of this package.
func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

// imageScript runs an image as if it were the program: on the host's network, as the
// same user, with the folder of temporary files and the variables that are settings.
// What the image sets by itself is taken back, unless it is given.
const imageScript = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export KNOT_SANDBOX_LISTEN="$KNOT_SANDBOX_LISTEN" KNOT_SANDBOX_ADDRESS_FILE="$KNOT_SANDBOX_ADDRESS_FILE"
export KNOT_SANDBOX_TLS_DIR="$KNOT_SANDBOX_TLS_DIR"
options=
for name in $(env | sed -n 's/^\(KNOT_[A-Z_]*\|PORT\|HOME\|XDG_DATA_HOME\|GOGC\|GOMAXPROCS\|GODEBUG\)=.*/\1/p'); do options="$options --env $name"; done
case $PWD in TMP/*) options="$options --workdir $PWD" ;; esac
exec docker run --rm --network host --user "$(id -u):$(id -g)" --volume TMP:TMP $options IMAGE "$@"
`

func writeImageScript(path, image string) error {
	script := strings.NewReplacer("TMP", strings.TrimRight(os.TempDir(), "/"), "IMAGE", image).Replace(imageScript)
	return os.WriteFile(path, []byte(script), 0o755)
}

func run(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// patience is how long a test waits for something that should take milliseconds.
const patience = 30 * time.Second

// process is a started sandbox.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *bytes.Buffer
	ready  string // the ready line
	url    string
}

// start runs the program on a free port until the test ends; it has to stop
// cleanly then. The environment holds env and nothing else of ours.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := launch(t, env, append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	t.Cleanup(func() {
		if code := p.stop(); code != 0 {
			t.Errorf("exit code after SIGTERM = %d, want 0; stderr:\n%s", code, p.stderr)
		}
	})
	return p
}

// launch runs the program and waits for its ready line.
func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return launchCommand(t, command(env, args...))
}

// launchCommand runs a command that starts the program, in a process group of
// its own, and waits for the ready line.
func launchCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	t.Cleanup(func() { // what a failing test leaves behind
		if cmd.Process != nil && cmd.ProcessState == nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	})
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &process{t: t, cmd: cmd, stderr: &bytes.Buffer{}}
	cmd.Stderr = p.stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer watchdog.Stop()
	p.stdout = bufio.NewReader(stdout)
	p.ready, err = p.stdout.ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("no ready line: %v; stderr:\n%s", err, p.stderr)
	}
	for _, word := range strings.Fields(p.ready) {
		if strings.HasPrefix(word, "http://") {
			p.url = word
			break
		}
	}
	return p
}

// command prepares a run of the program with only the given environment.
func command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = append([]string{"HOME=" + os.TempDir()}, env...)
	return cmd
}

// wantStdout ends the program and compares what it printed after its ready line.
func (p *process) wantStdout(want string) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	rest, err := io.ReadAll(p.stdout)
	if p.wait(); err != nil || string(rest) != want {
		p.t.Errorf("stdout at the end = %q, %v, want %q", rest, err, want)
	}
}

// stop asks the program to end and returns the exit code. Calling it again is
// harmless.
func (p *process) stop() int {
	p.t.Helper()
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	return p.wait()
}

// stopGroup ends a command and what it started.
func (p *process) stopGroup() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	p.wait()
}

// wait waits for the end of the program and returns the exit code.
func (p *process) wait() int {
	p.t.Helper()
	if p.cmd.ProcessState == nil {
		watchdog := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
		defer watchdog.Stop()
		_, _ = io.Copy(io.Discard, p.stdout)
		_ = p.cmd.Wait()
	}
	return p.cmd.ProcessState.ExitCode()
}

// outcome runs the program to its end and returns exit code and output.
func outcome(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append([]string{"HOME=" + os.TempDir()}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code says it
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// session is a valid body.
const session = `{"type":"link","external_user_id":"u"}`

// post sends a body to the operation as the client sandbox.
func (p *process) post(body string, headers ...string) answer {
	p.t.Helper()
	return p.send(http.MethodPost, "/session/create", body, headers...)
}

// fault posts a body whose answer is not the API's own, but a fault's.
func (p *process) fault(body string, headers ...string) answer {
	p.t.Helper()
	return p.exchange(http.MethodPost, "/session/create", body, headers...)
}

// send sends a request as the client sandbox; headers are pairs of name and
// value and override. Every answer is held to the invariants.
func (p *process) send(method, path, body string, headers ...string) answer {
	p.t.Helper()
	a := p.exchange(method, path, body, headers...)
	checkInvariants(p.t, method+" "+path+" "+body, method, a)
	return a
}

// exchange may be called by any goroutine, so it fails the test without ending it.
func (p *process) exchange(method, path, body string, headers ...string) answer {
	p.t.Helper()
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Error(err)
		return answer{}
	}
	r.SetBasicAuth("sandbox", "sandbox")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Del(headers[i]); headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	client := http.Client{Timeout: patience}
	res, err := client.Do(r)
	if err != nil {
		p.t.Errorf("%s %s: %v", method, path, err)
		return answer{}
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Errorf("%s %s: read answer: %v", method, path, err)
	}
	a := answer{res.StatusCode, res.Header, string(content)}
	checkDescribed(p.t, method+" "+path+" "+body, method, path, a)
	return a
}
