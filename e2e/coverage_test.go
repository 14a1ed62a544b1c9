package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// The command prints a table and exits 0 if all that is required was met, 3 if
// something is missing, 2 if what is required cannot be.
func TestCoverageCommand(t *testing.T) {
	t.Parallel()
	address := filepath.Join(t.TempDir(), "address")
	p := start(t, nil, "--address-file", address)
	p.post(session)
	p.fault(session, "X-Sandbox-Fault", "NoAccess")
	p.fault(session, "Authorization", basic("limited", "limited"), "X-Sandbox-Fault", "InvalidEmail")
	for _, c := range []struct {
		args   []string
		code   int
		stdout []string // pieces
		stderr string
	}{
		{nil, 0, []string{"met 1×  documented    Created r1\n", "missed  documented    AuthFailed\n", "3 of 12 documented outcomes met, 3 of 18 in all\n"}, ""},
		{[]string{"--require", "Created,NoAccess"}, 0, []string{"Created r1"}, ""},
		{[]string{"--require", "Created", "--require", "NoAccess"}, 0, []string{"Created r1"}, ""},
		{[]string{"--require", "Created,AuthFailed,reset"}, 3, []string{"Created r1"}, "knot-sandbox: coverage: required, but not met: AuthFailed, reset\n"},
		{[]string{"--require", "documented"}, 3, []string{"Created r1"}, "knot-sandbox: coverage: required, but not met: InvalidProductType, CardIdRequired, "},
		{[]string{"--require", "all"}, 3, []string{"Created r1"}, "knot-sandbox: coverage: required, but not met: "},
		{[]string{"--require", "Create"}, 2, nil, `knot-sandbox: require: there is no outcome "Create"; give some of documented, all, Created, `},
		{[]string{"--require", ""}, 2, nil, "knot-sandbox: require: an outcome is empty; is the variable that holds it set?"},
		{[]string{"--fault", "reset"}, 2, nil, "knot-sandbox: --fault has no meaning for coverage"},
		{[]string{"--client-id", "limited", "--require", "InvalidEmail"}, 0, []string{"1 of 12 documented"}, ""},
		{[]string{"--client-id", "limited", "--require", "Created"}, 3, []string{"1 of 12 documented"}, "knot-sandbox: coverage: required, but not met: Created\n"},
		{[]string{"--client-id", "nobody"}, 1, nil, `knot-sandbox: coverage: unknown client: "nobody"; GET /__sandbox/clients lists the clients`},
	} {
		code, stdout, stderr := outcome(t, nil, append([]string{"coverage", "--url", p.url + "/"}, c.args...)...)
		if code != c.code || !strings.HasPrefix(stderr, c.stderr) || (stderr != "") != (c.stderr != "") || (stdout != "") != (c.stdout != nil) {
			t.Errorf("coverage %v: exit %d, stdout %q, stderr %q, want %d, %q, %q", c.args, code, stdout, stderr, c.code, c.stdout, c.stderr)
		}
		for _, want := range c.stdout {
			if !strings.Contains(stdout, want) {
				t.Errorf("coverage %v printed\n%s\nwant %q in it", c.args, stdout, want)
			}
		}
	}
	if code, stdout, stderr := outcome(t, []string{"KNOT_SANDBOX_ADDRESS_FILE=" + address}, "coverage"); code != 0 || stdout == "" || stderr != "" {
		t.Errorf("coverage by the address file: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	host := strings.TrimPrefix(p.url, "http://")
	for _, args := range [][]string{{"--listen", host}, {"--control", host}} {
		if code, stdout, stderr := outcome(t, nil, append([]string{"coverage"}, args...)...); code != 0 || stdout == "" || stderr != "" {
			t.Errorf("coverage %v: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

// A sandbox that cannot be asked is said to be so, with what to do.
func TestCoverageCommandRefusals(t *testing.T) {
	t.Parallel()
	locked := start(t, nil, "--control-token", "a token")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--url", gone}, 1, "coverage: no sandbox answers; start one, or say with --url where it is: "},
		{[]string{"--url", "::"}, 2, `coverage: url: "::" is no URL; write http://::`},
		{[]string{"--url", locked.url}, 1, "coverage: the control API wants its token; send Authorization: Bearer TOKEN"},
		{[]string{"--url", other.URL}, 1, "coverage: " + other.URL + " answers 404 Not Found; is it a sandbox?"},
		{[]string{"--control", "off"}, 2, "coverage: control: is off"},
		{[]string{"--listen", "127.0.0.1:0"}, 2, "coverage: listen: port 0 says nothing of where the sandbox is; give --url or --address-file"},
		{[]string{"--address-file", "/does/not/exist"}, 1, "coverage: address-file: no sandbox has written it: "},
		{[]string{"--control", "maybe"}, 2, `coverage: control: "maybe" is not on, off or HOST:PORT`},
	} {
		code, stdout, stderr := outcome(t, nil, append([]string{"coverage"}, c.args...)...)
		if code != c.code || stdout != "" || !strings.HasPrefix(stderr, "knot-sandbox: "+c.want) {
			t.Errorf("coverage %v: exit %d, stdout %q, stderr %q, want %d, nothing, %q", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
	if code, _, stderr := outcome(t, nil, "coverage", "--url", locked.url, "--control-token", "a token"); code != 0 {
		t.Errorf("coverage with the token: exit %d, stderr %q", code, stderr)
	}
}
