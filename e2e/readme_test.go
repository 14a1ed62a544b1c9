package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced piece of a page, with the one that follows it.
type block struct {
	language, text string
}

func blocks(t *testing.T, page string) []block {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	for _, m := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(content), -1) {
		list = append(list, block{m[1], m[2]})
	}
	return list
}

// uuids stand for each other: the page shows one, the program makes another.
var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// Every sh block of the README is run by a shell, in order, against a sandbox
// that the README's first command started; a text block after it is what it
// prints. Only the port is another one, so that nothing is in the way. Blocks
// that start a server or this test are run in their own way.
func TestREADME(t *testing.T) {
	t.Parallel()
	list := blocks(t, "../README.md")
	if len(list) < 2 || list[0].text != "go run .\n" || list[1].text != "go test ./...\n" {
		t.Fatal("the README does not begin with its two commands")
	}
	p := startREADME(t, list[0].text)
	ran := 0
	for i, b := range list {
		if b.language != "sh" || i < 2 {
			continue
		}
		ran++
		out := shell(t, strings.ReplaceAll(b.text, "http://127.0.0.1:5668", p.url))
		if i+1 < len(list) && list[i+1].language == "text" {
			want := list[i+1].text
			if normal(out) != normal(want) {
				t.Errorf("%s\nprinted\n%s\nthe README says\n%s", b.text, out, want)
			}
		}
	}
	if ran < 5 {
		t.Errorf("%d commands of the README ran, want at least 5", ran)
	}
}

// requestIDs stand for each other as well: they depend on what was run before.
var requestIDs = regexp.MustCompile(`(X-Sandbox-Request-Id: )r\d+`)

// normal makes outputs comparable.
func normal(out string) string {
	out = strings.ReplaceAll(out, "\r", "")
	out = requestIDs.ReplaceAllString(out, "${1}<id>")
	return strings.TrimSpace(uuids.ReplaceAllString(out, "<uuid>"))
}

// startREADME runs the README's first command as it is written.
func startREADME(t *testing.T, command string) *process {
	t.Helper()
	cmd := exec.Command("bash", "-c", "exec "+command)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "KNOT_SANDBOX_LISTEN=127.0.0.1:0")
	p := launchCommand(t, cmd)
	t.Cleanup(func() { p.stopGroup() })
	return p
}
