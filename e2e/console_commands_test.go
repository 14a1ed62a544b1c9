package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// action is something that a user does in the console, with what comes before.
type action struct {
	name  string
	given func(p *process) // makes a sandbox ready; nil is nothing to do
	view  string
	fill  func(b *page) // all but the click; nil is nothing to do
	curl  string        // CSS of the disclosures that show the command beforehand
	do    string        // XPath of what is clicked at last; empty if fill was all
	lines int           // commands that it takes; 0 is one
}

// The dialog that asks before something cannot be taken back.
const dialogCurl = "dialog details.curl"

func confirm(verb string) string {
	return fmt.Sprintf(`//dialog//button[normalize-space()=%q]`, verb)
}

// opens returns the filling of a dialog: the click that opens it.
func opens(xpath string) func(*page) { return func(b *page) { b.click(xpath) } }

func sets(css, text string) func(*page) { return func(b *page) { b.set(css, text) } }

// calls makes n calls that go well, after one that does not.
func calls(n int) func(*process) {
	return func(p *process) {
		p.fault(session, "X-Sandbox-Fault", "InternalServerError")
		for range n {
			p.post(session)
		}
	}
}

func disarmed(p *process) { p.control("DELETE", "/faults", "") }

var faultActions = []action{
	{name: "arm from the form", given: calls(1), view: "#/faults", fill: func(b *page) {
		b.do("write a fault", chromedp.SendKeys(chromedp.CSS("#fault-text"), `NoAccess times=3 user="it's*"`))
	}, curl: ".free-line details.curl", do: button("Arm")},
	{name: "arm by the fields", view: "#/faults", fill: func(b *page) {
		b.set("#fault-text", "RateLimited")
		b.set(`.fields input[placeholder="always"]`, "0.25")
		b.set(`.fields select`, "limited")
	}, curl: ".free-line details.curl", do: button("Arm")},
	{name: "arm from the palette", view: "#/faults", do: button("outage")},
	{name: "edit a rule", view: "#/faults", fill: func(b *page) {
		b.click(button("Edit f1"))
		b.set(".rule-edit input", "GatewayTimeout phase=after times=1")
	}, curl: ".rule-edit details.curl", do: button("Replace"), lines: 2},
	{name: "disarm a rule", view: "#/faults", do: button("Disarm f2")},
	{name: "forget what came with a request", view: "#/faults", do: button("Forget i1")},
	{name: "arm from the palette for a client", view: "#/faults?client=sandbox", do: button("reset")},
	{name: "disarm all of a client", view: "#/faults?client=sandbox", fill: opens(button("Disarm all…")), curl: ".section-head details.curl, " + dialogCurl, do: confirm("Disarm")},
	{name: "disarm all", view: "#/faults", fill: opens(button("Disarm all…")), curl: ".section-head details.curl, " + dialogCurl, do: confirm("Disarm")},
}

func product(name string) string {
	return fmt.Sprintf(`//div[@aria-label="Products of sandbox"]//label[normalize-space()=%q]//input`, name)
}

var clientActions = []action{
	{name: "switch off card_switcher", view: "#/clients", do: product("card_switcher")},
	{name: "switch off transaction_link", view: "#/clients", do: product("transaction_link")},
	{name: "switch off link", view: "#/clients", do: product("link")},
	{name: "switch on link", view: "#/clients", do: product("link")},
	{name: "change the phone level", view: "#/clients?client=sandbox", fill: sets(".client select", "possible")},
	{name: "set the seed", view: "#/clients?client=sandbox", fill: sets(".client .seed", "18446744073709551615")},
	{name: "mint a client", view: "#/clients", fill: func(b *page) {
		b.do("write an id", chromedp.SendKeys(chromedp.CSS(`.mint input[placeholder="random"]`), `it's "new"`))
		b.click(`//form//label[normalize-space()="link"]//input`)
		b.set(".mint select", "valid")
		b.set(`.mint input[inputmode="numeric"]`, "18446744073709551614")
	}, curl: ".mint details.curl", do: button("Mint")},
	{name: "remove a client", view: "#/clients", fill: opens(`//li[.//h2[contains(., "new")]]//button[starts-with(normalize-space(), "Remove")]`), curl: dialogCurl, do: confirm("Remove")},
	{name: "mint a random client", view: "#/clients?client=limited", curl: ".mint details.curl", do: button("Mint")},
}

var clockActions = []action{
	{name: "advance by 1m", given: calls(2), view: "#/clock", do: button("1m")},
	{name: "advance by 5m", view: "#/clock", do: button("5m")},
	{name: "advance by 31m", view: "#/clock", do: button("31m")},
	{name: "advance by 1h", view: "#/clock", do: button("1h")},
	{name: "advance by 24h", view: "#/clock", do: button("24h")},
	{name: "advance by another span", view: "#/clock", fill: sets(`input[aria-label="By"]`, "1h30m"), curl: ".clock-part details.curl", do: button("Advance")},
	{name: "freeze", view: "#/clock", curl: ".clock-part details.curl", do: button("Freeze")},
	{name: "let it run", view: "#/clock", curl: ".clock-part details.curl", do: button("Let it run")},
	{name: "set", view: "#/clock", fill: sets(`input[type="datetime-local"]`, "2031-02-03T04:05:06"), curl: ".clock-part details.curl", do: button("Set")},
	{name: "release", view: "#/clock", curl: ".clock-part details.curl", do: button("Release")},
	{name: "freeze that of a client", view: "#/clock?client=sandbox", curl: ".clock-part details.curl", do: button("Freeze")},
	{name: "advance that of a client", view: "#/clock?client=sandbox", do: button("31m")},
	{name: "let that of a client run", view: "#/clock?client=sandbox", curl: ".clock-part details.curl", do: button("Let it run")},
	{name: "set that of a client", view: "#/clock?client=sandbox", fill: sets(`input[type="datetime-local"]`, "2031-02-03T04:05:06"), curl: ".clock-part details.curl", do: button("Set")},
	{name: "release that of a client", view: "#/clock?client=sandbox", curl: ".clock-part details.curl", do: button("Release")},
	{name: "reset a client", given: calls(2), view: "#/clock?client=sandbox", fill: opens(button("Reset sandbox…")), curl: ".reset-part details.curl, " + dialogCurl, do: confirm("Reset")},
	{name: "reset everything", given: calls(1), view: "#/clock", fill: opens(button("Reset everything…")), curl: ".reset-part details.curl, " + dialogCurl, do: confirm("Reset")},
}

var reportActions = []action{
	{name: "arm from the guide", view: "#/requests", do: `//section[@aria-label="First steps"]` + button("Arm two 500s")},
	{name: "arm from the guide's line for a client", given: func(p *process) { disarmed(p); p.post(session) }, view: "#/requests?client=sandbox",
		do: `//div[@aria-label="First steps"]` + button("Arm two 500s")},
	{name: "arm from the conduct", given: disarmed, view: "#/conduct?client=sandbox", do: button("Arm two 500s")},
	{name: "arm what a rule asks for", view: "#/conduct", do: `//li[@data-rule="retry_after"]` + button("Arm it")},
	{name: "arm what was not met", given: disarmed, view: "#/coverage?client=sandbox", do: button("Arm once: NoAccess")},
	{name: "count a client's anew", given: calls(1), view: "#/coverage?client=sandbox", fill: opens(button("Start counting anew…")), curl: ".head details.curl, " + dialogCurl, do: confirm("Start anew")},
	{name: "count anew", given: calls(1), view: "#/coverage", fill: opens(button("Start counting anew…")), curl: ".head details.curl, " + dialogCurl, do: confirm("Start anew")},
	{name: "clear a client's list", view: "#/requests?client=sandbox", fill: opens(button("Clear…")), curl: dialogCurl, do: confirm("Forget them")},
	{name: "clear the list", given: calls(1), view: "#/requests", fill: opens(button("Clear…")), curl: dialogCurl, do: confirm("Forget them")},
}

// Every action shows the curl command that does the same: beforehand, where there
// is a disclosure, and afterwards, and bash does with it to a second, equal
// sandbox what the console did to the first. Nothing is done without being shown,
// and together the actions are all that the control API can do to a sandbox.
func TestConsoleCommands(t *testing.T) {
	t.Parallel()
	groups := map[string][]action{"faults": faultActions, "clients": clientActions, "clock": clockActions, "reports": reportActions}
	var mu sync.Mutex
	done := map[string][]string{} // what the page did, by group
	t.Run("views", func(t *testing.T) {
		for name, actions := range groups {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				changes := perform(t, actions)
				mu.Lock()
				defer mu.Unlock()
				done[name] = changes
			})
		}
	})
	if len(done) < len(groups) {
		return // not all of them were run
	}
	routes, err := controlRoutes()
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(slices.Collect(maps.Values(done))...)
	for _, route := range routes {
		isQuestion := regexp.MustCompile(`^\^GET |/faults/plan\$$|/verify\$$`).MatchString(route.String())
		if !isQuestion && !slices.ContainsFunc(all, route.MatchString) {
			t.Errorf("no action does %s", route)
		}
	}
}

// perform does the actions in one page, one after the other, and their commands
// to a twin of its sandbox. It returns what the page did.
func perform(t *testing.T, actions []action) []string {
	t.Helper()
	p, twin := start(t, nil, "--seed", "1"), start(t, nil, "--seed", "1")
	b := open(t, p, "")
	told := 0
	for _, a := range actions {
		if a.given != nil {
			a.given(p)
			a.given(twin)
		}
		before := p.state()
		b.visit(a.view)
		if a.fill != nil {
			a.fill(b)
		}
		var disclosed [][]string
		if a.curl != "" {
			disclosed = b.disclosed(a.curl)
		}
		if a.do != "" {
			b.click(a.do)
		}
		lines := b.told(told, max(1, a.lines))
		told += len(lines)
		for _, shown := range disclosed {
			for _, line := range lines {
				if !slices.Contains(shown, line) {
					t.Errorf("%s: the command was\n%s\nbeforehand it was\n%s", a.name, line, strings.Join(shown, "\n"))
				}
			}
		}
		for _, line := range lines {
			shell(t, strings.ReplaceAll(line, p.url, twin.url))
		}
		after := p.state()
		if len(differing("", before, after)) == 0 {
			t.Errorf("%s changes nothing", a.name)
		}
		if list := differing("", after, twin.state()); len(list) > 0 {
			t.Errorf("%s: its command\n%s\ndoes not do the same:\n%s", a.name, strings.Join(lines, "\n"), strings.Join(list, "\n"))
		}
	}
	changes := b.changed()
	if len(changes) != told {
		t.Errorf("%d commands were told, but these were done: %v", told, changes)
	}
	return changes
}

// disclosed opens disclosures of commands and returns the lines of each.
func (b *page) disclosed(css string) [][]string {
	b.t.Helper()
	all := fmt.Sprintf(`[...document.querySelectorAll(%q)]`, css)
	value[bool](b, all+`.every((e) => e.open = true)`)
	b.wants("commands are shown in "+css, all+`.length > 0 && `+all+`.every((e) => e.querySelector("code") !== null)`)
	return value[[][]string](b, all+`.map((e) => [...e.querySelectorAll("code")].map((code) => code.textContent))`)
}

// told waits until n more commands than told have been told, and returns these,
// oldest first.
func (b *page) told(told, n int) []string {
	b.t.Helper()
	const all = `[".log-line", ".log-history"].flatMap((list) => [...document.querySelectorAll(list + " .log-curl")])`
	b.wants("the command is told", fmt.Sprintf(`%s.length >= %d`, all, told+n))
	lines := value[[]string](b, fmt.Sprintf(`%s.slice(0, %d).reverse().map((e) => e.textContent)`, all, n))
	if list := value[[]string](b, `[...document.querySelectorAll(".log-problem")].map((e) => e.textContent)`); len(list) > 0 {
		b.t.Errorf("the page tells of trouble: %s", strings.Join(list, "; "))
	}
	return lines
}

// state is what can be told of a sandbox, by the path that tells it.
func (p *process) state() map[string]any {
	p.t.Helper()
	state := map[string]any{}
	for _, path := range []string{"/clients", "/faults", "/clock", "/clock?client=sandbox", "/sessions", "/requests", "/coverage", "/coverage?client=sandbox"} {
		var v any
		body := randomIDs.ReplaceAllString(p.control(http.MethodGet, path, ""), "client-RANDOM")
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			p.t.Errorf("%s: %v", path, err)
		}
		state[path] = v
	}
	return state
}

// randomIDs are the ids of minted clients to whom none was given.
var randomIDs = regexp.MustCompile(`client-[A-Z2-7]{26}`)

// differing tells where two states differ. What happened in one may have happened
// a little later in the other.
func differing(path string, a, b any) []string {
	switch a := a.(type) {
	case map[string]any:
		b, _ := b.(map[string]any)
		var list []string
		for key := range maps.Keys(a) {
			list = append(list, differing(path+" "+key, a[key], b[key])...)
		}
		for key := range b {
			if _, ok := a[key]; !ok {
				list = append(list, fmt.Sprintf("%s %s: only the second has it", path, key))
			}
		}
		return list
	case []any:
		b, _ := b.([]any)
		if len(a) != len(b) {
			return []string{fmt.Sprintf("%s: %d and %d of them", path, len(a), len(b))}
		}
		var list []string
		for i := range a {
			list = append(list, differing(fmt.Sprintf("%s %d", path, i), a[i], b[i])...)
		}
		return list
	}
	if a == b || isNear(path, a, b) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %v and %v", path, a, b)}
}

// isNear reports whether two values are times or spans of about the same length.
func isNear(path string, a, b any) bool {
	if strings.HasSuffix(path, "duration_ms") {
		return true
	}
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && strings.HasSuffix(path, "seconds_left") && max(a-b, b-a) < patience.Seconds()
	case string:
		b, _ := b.(string)
		if from, err := time.Parse(time.RFC3339, a); err == nil {
			to, err := time.Parse(time.RFC3339, b)
			return err == nil && to.Sub(from).Abs() < patience
		}
		from, errA := time.ParseDuration(a)
		to, errB := time.ParseDuration(b)
		return errA == nil && errB == nil && (to-from).Abs() < patience
	}
	return false
}
