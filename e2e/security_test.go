package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// repositoryFile returns a file of the repository.
func repositoryFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Each claim of SECURITY.md names the test that shows it, and that test exists. What
// stands in its tables is a claim; a step of .ci/run shows some.
func TestSecurityIsShown(t *testing.T) {
	t.Parallel()
	tests, script := testNames(t), repositoryFile(t, ".ci/run")
	claims := 0
	for line := range strings.Lines(repositoryFile(t, "SECURITY.md")) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if !strings.HasPrefix(line, "| ") || cells[0] == "claim" {
			continue
		}
		claims++
		shown := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(cells) != 2 || len(shown) == 0 {
			t.Errorf("%s: nothing shows it", line)
		}
		for _, by := range shown {
			step, isStep := strings.CutPrefix(by[1], ".ci/run ")
			if isStep && strings.Contains(script, "\n"+step+"() {") || slices.Contains(tests, by[1]) {
				continue
			}
			t.Errorf("%sthere is no %s", line, by[1])
		}
	}
	if claims < 30 {
		t.Errorf("%d claims, want at least 30", claims)
	}
}

// Every secret has a way to the program that the list of processes does not show.
func TestSecretsNeedNoFlag(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the list of processes is read from /proc")
	}
	if os.Getenv(imageVariable) != "" {
		t.Skip("the process is the engine's, not the program")
	}
	config := file(t, "control-token: hush-file\nclients:\n  - {client_id: filed, secret: hush-filed}\n")
	for _, p := range []*process{
		start(t, []string{"KNOT_SANDBOX_CONTROL_TOKEN=hush-variable", "KNOT_SANDBOX_CLIENTS=filed:hush-filed"}),
		start(t, nil, "--config", config),
	} {
		arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.cmd.Process.Pid))
		if err != nil || strings.Contains(string(arguments), "hush") || !strings.Contains(string(arguments), "--listen") {
			t.Errorf("arguments %q, %v", arguments, err)
		}
		if a := p.post(session, "Authorization", basic("filed", "hush-filed")); a.status != 200 {
			t.Errorf("the client of the setting: %d %s, want 200", a.status, a.body)
		}
		if a := p.exchange("GET", "/__sandbox/clients", ""); a.status != 401 {
			t.Errorf("without the token: %d, want 401", a.status)
		}
		if strings.Contains(p.ready, "hush") {
			t.Errorf("the ready line tells a secret: %s", p.ready)
		}
		p.stop()
		if strings.Contains(p.stderr.String(), "hush") {
			t.Errorf("the log tells a secret: %s", p.stderr)
		}
	}
}

// A setting that is wrong is refused without what it or its neighbours say, where that
// may be a secret.
func TestBadSettingsTellNoSecret(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"clients:\n- {client_id: a, secret: hush, x: '",
		"clients:\n- {client_id: a, secret: [hush]}",
		"clients:\n- {client_id: a, secret: hush\n- b: : hush",
		"clients:\n- {client_id: a, secret: \"hush\", secret: \"hush\"}",
		"clients:\n- {client_id: a, secret_sha256: hush}",
		"clients:\n- {secret: hush}",
		"control-token: [hush]",
		"control-token: hush\n  x: y",
		"control-token: hush\nauth: none",
	} {
		if code, stdout, stderr := outcome(t, nil, "--config", file(t, text)); code != 2 || strings.Contains(stdout+stderr, "hush") {
			t.Errorf("%q: exit %d, %s%s, want 2 without the secret", text, code, stdout, stderr)
		}
	}
	for _, pair := range []string{"hush", ":hush"} {
		if code, stdout, stderr := outcome(t, []string{"KNOT_SANDBOX_CLIENTS=" + pair}); code != 2 || strings.Contains(stdout+stderr, "hush") {
			t.Errorf("client %q: exit %d, %s%s, want 2 without the secret", pair, code, stdout, stderr)
		}
	}
}

// Without settings, only this machine reaches the sandbox: what comes to another address
// of it is refused.
func TestOnlyThisMachine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 stands in for another address, which Linux alone has")
	}
	for _, c := range []struct {
		env     []string
		reaches bool
	}{{[]string{"PORT=0"}, false}, {[]string{"KNOT_SANDBOX_LISTEN=0.0.0.0:0"}, true}} {
		p := launch(t, c.env)
		_, port, err := net.SplitHostPort(strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.DialTimeout("tcp", "127.0.0.2:"+port, patience)
		if (err == nil) != c.reaches {
			t.Errorf("%v: by another address: %v, want it reached: %t", c.env, err, c.reaches)
		}
		if err == nil {
			conn.Close()
		}
		p.stop()
	}
}

// The image is the program alone, run by nobody; the compose files give it nothing that
// it does not need, and no other machine a port.
func TestImageHasNothingToTake(t *testing.T) {
	t.Parallel()
	_, final, _ := strings.Cut(repositoryFile(t, "Dockerfile"), "\nFROM scratch\n")
	for _, want := range []string{"\nUSER 65532:65532\n", "\nENTRYPOINT [\"/knot-sandbox\"]"} {
		if !strings.Contains(final, want) {
			t.Errorf("the image's last stage is not from scratch or has no %q", want)
		}
	}
	if strings.Contains(final, "\nRUN ") || strings.Contains(final, "\nADD ") {
		t.Error("the image's last stage runs or fetches something")
	}
	files, err := filepath.Glob("../examples/*/compose.yaml")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, name := range append(files, "../compose.yaml") {
		compose := repositoryFile(t, strings.TrimPrefix(name, "../"))
		if !strings.Contains(compose, "read_only: true\n") || !strings.Contains(compose, "cap_drop: [ALL]") {
			t.Errorf("%s: the sandbox may write or has capabilities", name)
		}
		for _, port := range regexp.MustCompile(`ports: \["?(.*)\]`).FindAllStringSubmatch(compose, -1) {
			if !strings.HasPrefix(port[1], "127.0.0.1:") {
				t.Errorf("%s: other machines can reach port %s", name, port[1])
			}
		}
	}
}

// Whatever CI and a release install has one version: actions by tag, tools at the head of
// .ci/run alone. A workflow may read unless a job says why not.
func TestToolsArePinned(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		workflow := repositoryFile(t, strings.TrimPrefix(name, "../"))
		if !strings.Contains(workflow, "\npermissions: {contents: read}\n") || !strings.Contains(workflow, "bash .ci/run") {
			t.Errorf("%s: may do more than read, or does not call .ci/run", name)
		}
		for _, m := range regexp.MustCompile(`uses: (.+)`).FindAllStringSubmatch(workflow, -1) {
			if !regexp.MustCompile(`^(\./\.github/\S+|[\w/-]+@(v\d+[\d.]*|[0-9a-f]{40}))( |$)`).MatchString(m[1]) {
				t.Errorf("%s: %s has no version", name, m[1])
			}
		}
		if found := regexp.MustCompile(`go install|go run|npm |pip |curl .*\| *(ba)?sh`).FindString(workflow); found != "" {
			t.Errorf("%s: installs something by itself: %s", name, found)
		}
	}
	script := repositoryFile(t, ".ci/run")
	if strings.Count(script, "@v") < 4 || regexp.MustCompile(`go install .*@|go run .*@`).MatchString(script) {
		t.Error(".ci/run: a tool's version does not stand at its head")
	}
	for _, m := range regexp.MustCompile(`(?m)^readonly \w+=\S+\.\S+/\S+@(\S+)$`).FindAllStringSubmatch(script, -1) {
		if !strings.HasPrefix(m[1], "v") {
			t.Errorf(".ci/run: a tool at %s, want a version", m[1])
		}
	}
}
