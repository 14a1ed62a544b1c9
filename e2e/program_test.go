package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
)

func TestReadyLine(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	line := regexp.MustCompile(`^knot-sandbox is ready at (http://127\.0\.0\.1:\d+)  try: curl -u sandbox:sandbox -H 'Content-Type: application/json' -d '\{.*\}' (http://\S+)/session/create\n$`)
	m := line.FindStringSubmatch(p.ready)
	if m == nil || m[1] != m[2] || strings.HasSuffix(m[1], ":0") {
		t.Fatalf("ready line = %q, want %s", p.ready, line)
	}
	_, command, _ := strings.Cut(p.ready, "try: ")
	if out := shell(t, command); !created.MatchString(out) {
		t.Errorf("%s printed %q, want a session", command, out)
	}
}

// The call in the ready line works for whatever clients there are, if it can.
func TestReadyLineOfOtherClients(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		"clients: [{client_id: a, secret: a, products: [card_switcher]}]": "curl -u a:a ",
		"clients: [{client_id: a, secret: b}]":                            "curl -u CLIENT_ID:SECRET ",
		"clients: []":                                                     "curl -u CLIENT_ID:SECRET ",
	} {
		p := start(t, nil, "--config", file(t, config))
		_, command, _ := strings.Cut(p.ready, "try: ")
		if !strings.HasPrefix(command, want) {
			t.Errorf("%s: ready line %q, want %s", config, p.ready, want)
		}
		if strings.Contains(want, "a:a") {
			if out := shell(t, command); !created.MatchString(out) {
				t.Errorf("%s printed %q, want a session", command, out)
			}
		}
	}
}

// file writes text to a file that the test's end removes.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "knot-sandbox.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSignalsDrain(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := launch(t, nil, "--listen", "127.0.0.1:0")
		conn := dial(t, p.url)
		// The request is under way when the signal comes: its last byte is missing.
		fmt.Fprintf(conn, "POST /session/create HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2FuZGJveDpzYW5kYm94\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(session))
		if line := readLine(t, conn); !strings.Contains(line, "100 Continue") {
			t.Fatalf("%v: %q, want 100 Continue", sig, line)
		}
		if err := p.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		for refused := false; !refused; { // the listener closes first
			c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
			if refused = err != nil; !refused {
				c.Close()
			}
		}
		fmt.Fprint(conn, session)
		rest := readAll(t, conn)
		if !strings.Contains(rest, "HTTP/1.1 200 OK") || !strings.Contains(rest, `{"session":"`) {
			t.Errorf("%v: the request under way got %q, want its session", sig, rest)
		}
		if code := p.wait(); code != 0 {
			t.Errorf("%v: exit code %d, want 0; stderr:\n%s", sig, code, p.stderr)
		}
	}
}

func TestBusyPort(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	address := strings.TrimPrefix(p.url, "http://")
	code, stdout, stderr := outcome(t, nil, "--listen", address)
	want := "knot-sandbox: listen on " + address + ": listen tcp " + address + ": bind: address already in use\n"
	if code != 1 || stdout != "" || stderr != want {
		t.Errorf("second start: exit %d, stdout %q, stderr %q, want 1, nothing, %q", code, stdout, stderr, want)
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	if code, stdout, stderr := outcome(t, nil, "--version"); code != 0 || !strings.HasPrefix(stdout, "knot-sandbox ") || stderr != "" {
		t.Errorf("--version: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	code, stdout, stderr := outcome(t, nil, "--help")
	if code != 0 || stderr != "" {
		t.Errorf("--help: exit %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"--listen HOST:PORT", "$KNOT_SANDBOX_LISTEN", "--client ID:SECRET", "--auth strict|any", "--address-file PATH", "--max-body SIZE", "--log-format text|json", "--log-level LEVEL", "--config FILE", "--out-of-band on|off", "--seed N", "--version"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("--help does not mention %s:\n%s", want, stdout)
		}
	}
}

// The help of each command fits a terminal, and so does that of an error's hint.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	_, root, _ := outcome(t, nil, "help")
	_, commands, _ := strings.Cut(root, "Commands:\n")
	commands, _, _ = strings.Cut(commands, "\n\n")
	names := []string{""}
	for line := range strings.Lines(commands) {
		names = append(names, strings.Fields(line)[0])
	}
	if len(names) != 10 || names[1] != "serve" {
		t.Fatalf("the commands are %v, want serve first, and 9", names)
	}
	for _, name := range names {
		code, stdout, stderr := outcome(t, nil, append(strings.Fields(name), "--help")...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, strings.TrimSpace("knot-sandbox "+name)) {
			t.Errorf("%s --help: exit %d, stdout %q, stderr %q", name, code, stdout, stderr)
		}
		for line := range strings.Lines(stdout) {
			if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 80 {
				t.Errorf("%s --help: %d columns: %s", name, width, line)
			}
		}
		_, _, stderr = outcome(t, nil, append(strings.Fields(name), "--nope")...)
		if want := strings.TrimSpace("knot-sandbox: see knot-sandbox "+name) + " --help\n"; !strings.HasSuffix(stderr, want) {
			t.Errorf("%s --nope: stderr %q, want %q at its end", name, stderr, want)
		}
	}
}

// Each bad value is refused with the name of the setting, wherever it is from.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  []string
		args []string
		file string
		want string
	}{
		{args: []string{"--nope"}, want: "unknown flag --nope\n"},
		{args: []string{"--listn", "x"}, want: `unknown flag --listn, did you mean "--listen"?`},
		{args: []string{"-x"}, want: "unknown flag -x\n"},
		{args: []string{"-listen", "x"}, want: `unknown flag -listen, did you mean "--listen"?`},
		{args: []string{"-control-token=hidden"}, want: "unknown flag -control-token, did you mean \"--control-token\"?\n"},
		{args: []string{"---client=a:hidden"}, want: "unknown flag ---client, did you mean \"--client\"?\n"},
		{args: []string{"--=hidden"}, want: "unknown flag --\n"},
		{args: []string{"client=a:hidden"}, want: "unexpected argument client\n"},
		{args: []string{"-phidden"}, want: "unknown flag -p\n"},
		{args: []string{"a:hidden"}, want: "unexpected argument a\n"},
		{args: []string{"--client a:hidden"}, want: "--client and its value are one word; write --client VALUE\n"},
		{args: []string{"--clients:a:hidden"}, want: "unknown flag --clients, did you mean \"--client\"?\n"},
		{args: []string{"wait", "--url", "a:hidden@localhost:1"}, want: "url: \"localhost:1\" is no URL; write http://localhost:1\n"},
		{args: []string{"--inline", "off"}, want: `unknown flag --inline, did you mean "--inline-faults"?`},
		{args: []string{"health"}, want: `unexpected argument health, did you mean "healthcheck"?`},
		{args: []string{"serve", "--version"}, want: "--version has no meaning for serve\n"},
		{args: []string{"--timeout", "5s"}, want: "--timeout has no meaning for knot-sandbox\n"},
		{args: []string{"wait", "--control", "x"}, want: "--control has no meaning for wait\n"},
		{args: []string{"wait", "--timeout", "0s"}, want: "timeout: 0s is not more than nothing\n"},
		{args: []string{"--listen"}, want: "flag needs an argument: --listen"},
		{args: []string{"nope"}, want: "unexpected argument nope\n"},
		{args: []string{"--", "nope"}, want: "unexpected argument nope\n"},
		{args: []string{"--", "wait"}, want: "unexpected argument wait\n"},
		{args: []string{"help", "nope"}, want: "unexpected argument nope\n"},
		{args: []string{"help", "wait", "nope"}, want: "unexpected argument nope\n"},
		{args: []string{"completion"}, want: "completion takes one of bash, zsh, fish, powershell\n"},
		{args: []string{"completion", "bsh"}, want: "completion takes one of bash, zsh, fish, powershell\n"},
		{args: []string{"healthchek"}, want: `unexpected argument healthchek, did you mean "healthcheck"?`},
		{args: []string{"serve", "wait"}, want: "unexpected argument wait\n"},
		{args: []string{"wait", "--journal", "5"}, want: "--journal has no meaning for wait"},
		{args: []string{"--journal", "5", "wait"}, want: "--journal has no meaning for wait"},
		{args: []string{"errors", "--as", "yaml"}, want: `invalid argument "yaml" for "--as" flag: must be one of text, json`},
		{args: []string{"--listen", "x y:1"}, want: `listen: "x y:1" is not HOST:PORT`},
		{args: []string{"--listen", "127.0.0.1:99999"}, want: `listen: "127.0.0.1:99999" is not HOST:PORT`},
		{args: []string{"--auth", "none"}, want: `auth: "none" is not one of strict, any`},
		{args: []string{"--client", "x"}, want: "client: number 1 has no colon; write ID:SECRET"},
		{args: []string{"--client", ":x"}, want: "client: a client_id cannot be empty"},
		{args: []string{"--client", "x:"}, want: `client: client "x": a secret cannot be empty`},
		{args: []string{"--log-level", "loud"}, want: `log-level: "loud" is not one of info, debug, warn, error`},
		{args: []string{"--log-format", "xml"}, want: `log-format: "xml" is not one of text, json`},
		{args: []string{"--max-body", "0"}, want: `max-body: "0" is not a size from 1 to 1024MiB, such as 65536 or 8MiB`},
		{args: []string{"--max-body", "2000MiB"}, want: `max-body: "2000MiB" is not a size from 1 to 1024MiB, such as 65536 or 8MiB`},
		{args: []string{"--out-of-band", "yes"}, want: `out-of-band: "yes" is not one of on, off`},
		{args: []string{"--seed=-1"}, want: `seed: "-1" is not a whole number from 0 on`},
		{args: []string{"--config", "/does/not/exist"}, want: "config: open /does/not/exist: no such file or directory"},
		{env: []string{"KNOT_SANDBOX_AUTH=none"}, want: `auth: "none" is not one of strict, any (from KNOT_SANDBOX_AUTH)`},
		{env: []string{"KNOT_SANDBOX_SEED=1"}, args: []string{"--seed", "x"}, want: "seed: \"x\" is not a whole number from 0 on\n"},
		{env: []string{"PORT=http"}, want: `PORT: "http" is not a port number`},
		{env: []string{"KNOT_CLIENT_ID=a"}, want: "KNOT_SECRET: is not set, but KNOT_CLIENT_ID is"},
		{env: []string{"KNOT_SECRET=a"}, want: "KNOT_CLIENT_ID: is not set, but KNOT_SECRET is"},
		{file: "auth: none", want: `auth: "none" is not one of strict, any (from FILE:1)`},
		{file: "\nlissten: x", want: "config: FILE:2: lissten: unknown setting; the settings are clients, faults, incidents, listen, auth, seed, out-of-band, max-body, rate-limit, inline-faults, journal, journal-size, control, control-token, tls, tls-dir, tls-names, address-file, log-format, log-level"},
		{file: "client: a:b", want: "config: FILE:1: client: write clients, a list"},
		{file: "clients:\n- client_id: a", want: "config: FILE:2: clients[0].secret: is missing; give secret or secret_sha256"},
		{env: []string{"KNOT_SANDBOX_FAULTS=NoAcess"}, want: `fault: unknown fault "NoAcess"; did you mean "NoAccess"?`},
		{args: []string{"--fault", "NoAccess client=nobody"}, want: `fault: unknown client: "nobody"`},
		{args: []string{"--rate-limit", "60"}, want: `rate-limit: "60" is not a rate such as 60/min`},
		{args: []string{"--inline-faults", "x"}, want: `inline-faults: "x" is not one of all, header, value, off`},
		{args: []string{"--journal", "0"}, want: `journal: "0" is not a number from 1 to 1000000`},
		{args: []string{"--journal", "many"}, want: `journal: "many" is not a number from 1 to 1000000`},
		{env: []string{"KNOT_SANDBOX_JOURNAL_SIZE=0"}, want: `journal-size: "0" is not a size from 1 to 1024MiB, such as 65536 or 8MiB (from KNOT_SANDBOX_JOURNAL_SIZE)`},
		{args: []string{"--control", "maybe"}, want: `control: "maybe" is not on, off or HOST:PORT`},
		{file: "faults: NoAccess", want: "config: FILE:1: faults: expected a list"},
		{file: "\nfaults:\n  - NoAcess", want: `fault: unknown fault "NoAcess"; did you mean "NoAccess"?`},
		{file: "incidents: {x: nope}", want: "incidents: "},
		{file: "listen: '", want: "config: FILE:1: could not find end character of single-quoted text"},
	} {
		args := append([]string{}, c.args...)
		path := ""
		if c.file != "" {
			path = file(t, c.file)
			args = append(args, "--config", path)
		}
		code, stdout, stderr := outcome(t, c.env, args...)
		want := "knot-sandbox: " + strings.ReplaceAll(c.want, "FILE", path)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, want) {
			t.Errorf("%v %v %q: exit %d, stdout %q, stderr %q, want 2, nothing, %q", c.env, c.args, c.file, code, stdout, stderr, want)
		}
	}
}

// Flag, then variable, then file, then default. What decides is seen by the
// size of body that is refused.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	config := file(t, "max-body: 1000")
	for _, c := range []struct {
		name string
		env  []string
		args []string
		want int
	}{
		{"default", nil, nil, 8 << 20},
		{"file", nil, []string{"--config", config}, 1000},
		{"file by variable", []string{"KNOT_SANDBOX_CONFIG=" + config}, nil, 1000},
		{"variable over file", []string{"KNOT_SANDBOX_MAX_BODY=2KiB"}, []string{"--config", config}, 2048},
		{"flag over all", []string{"KNOT_SANDBOX_MAX_BODY=2KiB"}, []string{"--config", config, "--max-body", "3000"}, 3000},
		{"empty variable", []string{"KNOT_SANDBOX_MAX_BODY="}, []string{"--config", config}, 1000},
		{"empty flag over all", []string{"KNOT_SANDBOX_MAX_BODY=2KiB"}, []string{"--config", config, "--max-body="}, 8 << 20},
		{"flag of the command", nil, []string{"serve", "--max-body", "3000"}, 3000},
		{"flag before the command", nil, []string{"--max-body", "3000", "serve"}, 3000},
	} {
		p := start(t, c.env, c.args...)
		fits := p.post(session + strings.Repeat(" ", c.want-len(session)))
		over := p.post(session + strings.Repeat(" ", c.want-len(session)+1))
		if fits.status != 200 || over.status != 413 {
			t.Errorf("%s: %d bytes answer %d, one more %d, want 200 and 413", c.name, c.want, fits.status, over.status)
		}
	}
}

func TestListenAndPort(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		env  []string
		args []string
		host string
	}{
		{"PORT", []string{"PORT=0"}, nil, "127.0.0.1"},
		{"host alone and PORT", []string{"PORT=0", "KNOT_SANDBOX_LISTEN=127.0.0.2"}, nil, "127.0.0.2"},
		{"flag over PORT", []string{"PORT=1"}, []string{"--listen", "localhost:0"}, "127.0.0.1"},
		{"all interfaces", nil, []string{"--listen", "0.0.0.0:0"}, "127.0.0.1"},
		{"port alone", nil, []string{"--listen", "0"}, "127.0.0.1"},
		{"PORT that is not needed", []string{"PORT=http"}, []string{"--listen", "127.0.0.1:0"}, "127.0.0.1"},
	} {
		p := launch(t, c.env, c.args...)
		if host, _, _ := net.SplitHostPort(strings.TrimPrefix(p.url, "http://")); host != c.host {
			t.Errorf("%s: URL %s, want host %s", c.name, p.url, c.host)
		}
		if a := p.post(session); a.status != http.StatusOK {
			t.Errorf("%s: %d, want 200", c.name, a.status)
		}
		p.stop()
	}
}

func TestAddressFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "address")
	p := launch(t, nil, "--listen", "127.0.0.1:0", "--address-file", path)
	if content, err := os.ReadFile(path); err != nil || string(content) != p.url+"\n" {
		t.Errorf("address file = %q, %v, want %s", content, err, p.url)
	}
	p.stop()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("address file after the end: %v, want none", err)
	}
	code, _, stderr := outcome(t, nil, "--listen", "127.0.0.1:0", "--address-file", filepath.Join(path, "x"))
	if code != 1 || !strings.HasPrefix(stderr, "knot-sandbox: write address file: ") {
		t.Errorf("address file that cannot be written: exit %d, stderr %q", code, stderr)
	}
}

func TestClients(t *testing.T) {
	t.Parallel()
	config := file(t, `
clients:
  - {client_id: clear, secret: "open sesame", products: [link]}
  - {client_id: hashed, secret_sha256: 4e9aa2a4d3c7d7a3b9e5ee0f15c12f6f7b2b1df3a0d8ad0c9f2e6f3b5f5c1a20}
  - {client_id: strict, secret: s, phone: valid}
`)
	p := start(t, []string{"KNOT_CLIENT_ID=integrator", "KNOT_SECRET=own"}, "--config", config, "--client", "flag:a:b", "--client", "clear:changed")
	for _, c := range []struct {
		name, id, secret, body string
		want                   int
	}{
		{"from the file, changed by a flag", "clear", "changed", session, 200},
		{"its old secret", "clear", "open sesame", session, 401},
		{"wrong secret of a digest", "hashed", "x", session, 401},
		{"flag with a colon in the secret", "flag", "a:b", session, 200},
		{"integrator's variables", "integrator", "own", session, 200},
		{"embedded client is gone", "sandbox", "sandbox", session, 401},
		{"phone level", "strict", "s", `{"type":"link","external_user_id":"u","phone_number":"+11234567890"}`, 400},
		{"phone level, assigned number", "strict", "s", `{"type":"link","external_user_id":"u","phone_number":"+14155552671"}`, 200},
	} {
		if a := p.post(c.body, "Authorization", basic(c.id, c.secret)); a.status != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, a.status, a.body, c.want)
		}
	}
}

// Later sources add to earlier ones and win over them.
func TestSourcesOfClients(t *testing.T) {
	t.Parallel()
	env := []string{"KNOT_SANDBOX_CLIENTS=a:variable;b:variable", "KNOT_CLIENT_ID=a", "KNOT_SECRET=integrator", "KNOT_SANDBOX_OUTOFBAND=off", "KNOT_SANDBOX_COMPLETION_DESCRIPTIONS=0"}
	p := start(t, env, "--client", "b:fl;ag,x", "--client", "limited:changed")
	for _, c := range []struct {
		id, secret string
		want       int
	}{
		{"a", "variable", 200}, {"a", "integrator", 401},
		{"b", "fl;ag,x", 200}, {"b", "variable", 401},
		{"limited", "changed", 403}, // another secret, the same products
		{"sandbox", "sandbox", 200},
	} {
		if a := p.post(session, "Authorization", basic(c.id, c.secret)); a.status != c.want {
			t.Errorf("%s:%s: %d, want %d", c.id, c.secret, a.status, c.want)
		}
	}
	p.stop()
	if strings.Contains(p.stderr.String(), "COMPLETION") {
		t.Errorf("stderr warns of a variable that is heeded:\n%s", p.stderr)
	}
	if want := `msg="the variable is no setting and was ignored" variable=KNOT_SANDBOX_OUTOFBAND`; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("stderr:\n%s\nwant %s", p.stderr, want)
	}
}

func TestDebugLog(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--log-level", "debug")
	p.post(session, "Authorization", "")
	p.stop()
	for _, want := range []string{"msg=request request=r1 method=POST path=/session/create", "outcome=AuthFailed status=401", "no Authorization header was sent"} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("stderr:\n%s\nwant %s", p.stderr, want)
		}
	}
}

// Faults from the start, by file, variable and flag; the end names those that
// were never met.
func TestFaultsFromTheStart(t *testing.T) {
	t.Parallel()
	config := file(t, "faults:\n  - NoAccess times=1\nincidents:\n  rollout: \"ServiceUnavailable for=1h then InvalidEmail for=1h\"\n")
	p := start(t, []string{"KNOT_SANDBOX_FAULTS=InternalServerError times=1;rollout user=r*"}, "--config", config, "--fault", "AuthFailed client=limited")
	got := ""
	for range 3 {
		got += fmt.Sprintln(p.post(session).status)
	}
	a := p.fault(`{"type":"link","external_user_id":"r1"}`)
	got += fmt.Sprintln(a.status, strings.Contains(a.body, "<title>503 "))
	if want := "403\n500\n200\n503 true\n"; got != want {
		t.Errorf("statuses %q, want %q", got, want)
	}
	p.wantStdout("fault f4 was never met: client=limited AuthFailed\n")
}

// The collector runs at our pace, or at the user's.
func TestCollectorPace(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]string{"": "200", "GOGC=70": "70"} {
		p := start(t, strings.Fields(env))
		if got := p.control("GET", "/metrics", ""); !strings.Contains(got, "\ngo_gc_gogc_percent "+want+"\n") {
			t.Errorf("with %q, the metrics do not say go_gc_gogc_percent %s", env, want)
		}
	}
}

// The collector does not run while the program starts, unless the user wants it to. With
// more processors it may: each takes its own piece of memory.
func TestCollectorWaits(t *testing.T) {
	t.Parallel()
	if raceFlags != nil {
		t.Skip("with the race detector more is allocated before the pace can be set")
	}
	for env, want := range map[string]bool{"": false, "GOGC=20": true} {
		p := launch(t, append(strings.Fields(env), "GOMAXPROCS=1", "GODEBUG=gctrace=1"), "--listen", "127.0.0.1:0")
		p.stop()
		if ran := strings.Contains(p.stderr.String(), "gc 1 "); ran != want {
			t.Errorf("with %q, the collector ran: %t, want %t; stderr:\n%s", env, ran, want, p.stderr)
		}
	}
}

func TestSeed(t *testing.T) {
	t.Parallel()
	ids := func(seed string) string {
		p := start(t, nil, "--seed", seed)
		return p.post(session).body + p.post(session).body + p.post(session, "Authorization", basic("limited", "limited")).body
	}
	first := ids("1")
	if again := ids("1"); again != first {
		t.Errorf("seed 1 gives %s, then %s", first, again)
	}
	if other := ids("2"); other == first {
		t.Errorf("seeds 1 and 2 give the same %s", first)
	}
}

func TestAuthAny(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--auth", "any")
	for authorization, want := range map[string]int{basic("who", "ever"): 200, "": 401, "Bearer x": 401} {
		if a := p.post(session, "Authorization", authorization); a.status != want {
			t.Errorf("Authorization %q: %d, want %d", authorization, a.status, want)
		}
	}
}

func TestOutOfBandOff(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--out-of-band", "off")
	for _, body := range []string{session, ""} {
		for name := range p.post(body).header {
			if strings.HasPrefix(name, "X-Sandbox") {
				t.Errorf("body %q: header %s", body, name)
			}
		}
	}
}

func TestLogJSON(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, "--listen", "127.0.0.1:0", "--log-format", "json")
	p.stop()
	if line := p.stderr.String(); !strings.HasPrefix(line, `{"time":"`) || !strings.HasSuffix(line, "}\n") {
		t.Errorf("stderr = %q, want JSON", line)
	}
}
