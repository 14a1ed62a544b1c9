package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// views are the views of the console.
var views = []string{"requests", "faults", "coverage", "conduct", "sessions", "clients", "clock"}

// traffic makes something to see: calls that went well and badly, some retried.
func traffic(p *process) {
	p.t.Helper()
	for i, fault := range []string{"", "InternalServerError", "InternalServerError", "", "NoAccess", "RateLimited retry-after=1s", "delay=20ms", "InternalServerError phase=after"} {
		p.fault(fmt.Sprintf(`{"type":"link","external_user_id":"user-%d"}`, i/2), "X-Sandbox-Fault", fault)
	}
	p.post(`{"type":"link","externalUserId":"hinted"}`)
	p.post(`{"type":"card_switcher","external_user_id":"user-9","card_id":"c"}`)
}

// control calls the control API and returns the answer.
func (p *process) control(method, path, body string, headers ...string) string {
	p.t.Helper()
	a := p.exchange(method, "/__sandbox"+path, body, headers...)
	if a.status >= 300 {
		p.t.Errorf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a.body
}

// A newcomer opens the console, arms a failure, sees the program's retry arrive
// and reads the verdict.
func TestConsoleStory(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	b := open(t, p, "")
	b.shows("curl") // there is nothing yet, but a call to try
	b.shows("The next two calls get an exact 500, then all is well again.")
	b.screenshot("empty")

	p.post(session)
	b.shows("Created") // comes by itself

	b.click(`//div[@aria-label="First steps"]` + button("Arm two 500s"))
	b.click(`//a[starts-with(normalize-space(), "Faults")]`)
	b.wants("two failures are armed", `document.querySelector(".rule")?.textContent.includes("InternalServerError times=2")`)
	b.shows("not met yet")
	for range 3 { // a program that retries at once
		p.fault(`{"type":"link","external_user_id":"story"}`)
	}
	b.shows("2 hit")
	b.shows("used up")
	b.screenshot("fault-hit")

	b.click(`//a[starts-with(normalize-space(), "Conduct")]`)
	b.verdict("recovers", "pass")
	b.verdict("retry_after", "not met")
	b.screenshot("verdict")
}

// What happens is seen without loading anew, also by a filter, and what is held
// still stays.
func TestConsoleIsLive(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	p.post(session)
	b := open(t, p, "#/requests?outcome=TypeRequired")
	b.shows("No request matches")
	p.post("")
	b.shows("1 request")
	p.control("DELETE", "/requests", "") // by somebody else
	b.shows("No request matches")
}

// One click arms a failure, another disarms it; both show the curl command that
// does the same, and it does.
func TestConsoleArmsAndTellsTheCommand(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	b := open(t, p, "#/faults")
	b.click(button("reset"))
	b.shows("not met yet")
	command := value[string](b, `document.querySelector(".log-curl").textContent`)
	if !strings.HasPrefix(command, "curl ") {
		t.Fatalf("the command is %q", command)
	}
	shell(t, command)
	if got := strings.Count(p.control("GET", "/faults", ""), `"fault": "reset"`); got != 2 {
		t.Errorf("after a click and its command %d faults are armed, want 2", got)
	}
	b.click(button("Disarm f1"))
	b.wants("f1 is gone", `![...document.querySelectorAll(".rule-id")].some(e => e.textContent === "f1")`)
	if faults := p.control("GET", "/faults", ""); strings.Contains(faults, `"f1"`) || !strings.Contains(faults, `"f2"`) {
		t.Errorf("after Disarm f1: %s", faults)
	}
}

// A fault that does not parse is refused with the server's words, at its place.
func TestConsoleShowsWhatIsWrongWithAFault(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	b := open(t, p, "#/faults")
	b.do("write a fault", chromedp.SendKeys(chromedp.CSS("#fault-text"), "NoAcess times=2"))
	b.shows(`did you mean "NoAccess"?`)
	if got := value[string](b, `document.querySelector("mark").textContent`); got != "NoAcess" {
		t.Errorf("marked is %q, want NoAcess", got)
	}
	b.allow(`400|/faults/plan`)
}

// A switch enables and disables a product.
func TestConsoleTogglesAProduct(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	b := open(t, p, "#/clients")
	const toggle = `//div[@aria-label="Products of sandbox"]//label[normalize-space()="link"]//input`
	b.click(toggle)
	b.wants("the command was told", `document.querySelector(".log-curl") !== null`)
	if a := p.post(session); a.status != http.StatusForbidden {
		t.Errorf("after link was switched off: %d %s, want 403", a.status, a.body)
	}
	b.click(toggle)
	b.wants("the second command was told", `document.querySelectorAll(".log-history li").length === 1`)
	if a := p.post(session); a.status != http.StatusOK {
		t.Errorf("after link was switched on: %d %s, want 200", a.status, a.body)
	}
}

// A link leads to what it is of.
func TestConsoleDeepLinks(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	traffic(p)
	for view, want := range map[string]string{
		"#/requests/r2":                       "X-Sandbox-Fault",
		"#/requests?text=hinted":              "1 request",
		"#/requests?outcome=NoAccess":         "1 request",
		"#/requests?fault=any&client=sandbox": "6 requests",
		"#/faults?arm=NoAccess":               "NoAccess",
		"#/conduct":                           "user-1",
		"#/coverage?client=limited":           "0 of 12",
	} {
		b := open(t, p, view)
		b.shows(want)
	}
}

// Every view has names for a screen reader, fits on a phone and a laptop in both
// themes, and has one main heading.
func TestConsoleIsAccessible(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--fault", "NoAccess times=3 client=limited", "--fault", "brownout client=limited")
	traffic(p)
	b := open(t, p, "#/requests")
	for _, view := range append(slices.Clone(views), "requests/r2") {
		for _, screen := range []struct {
			name, scheme  string
			width, height int64
		}{{"laptop", "light", 1280, 800}, {"laptop", "dark", 1280, 800}, {"phone", "light", 390, 844}, {"phone", "dark", 390, 844}} {
			b.size(screen.width, screen.height, screen.scheme)
			b.wants("the theme is "+screen.scheme, isDark+` === `+strconv.FormatBool(screen.scheme == "dark"))
			value[string](b, fmt.Sprintf("location.hash = '#/%s'", view))
			b.wants("there is a heading", `document.querySelector("main h1") !== null`)
			if list := b.nameless(); len(list) > 0 {
				t.Errorf("%s on a %s has no name for %s", view, screen.name, strings.Join(list, ", "))
			}
			if wide := value[int](b, `document.documentElement.scrollWidth`); wide > int(screen.width) {
				t.Errorf("%s on a %s is %d wide", view, screen.name, wide)
			}
			b.wants("the name of the view is in sight", `(({ left, right }) => left > -1 && right < innerWidth + 1)(document.querySelector('[aria-current="page"]').getBoundingClientRect())`)
			if h1 := value[int](b, `document.querySelectorAll("main h1").length`); h1 != 1 {
				t.Errorf("%s on a %s has %d main headings", view, screen.name, h1)
			}
			b.screenshot(strings.ReplaceAll(view, "/", "-") + "-" + screen.name + "-" + screen.scheme)
		}
	}
}

// isDark tells the theme by what is seen of it.
const isDark = `(/\d+/.exec(getComputedStyle(document.body).backgroundColor)[0] < 128)`

// A button toggles the theme, on both screens, and the page remembers.
func TestConsoleTheme(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	traffic(p)
	b := open(t, p, "#/requests")
	for _, width := range []int64{1280, 390} {
		b.size(width, 800, "dark")
		b.wants("the theme is the system's", isDark)
		b.click(button("Light or dark"))
		b.wants("the theme is the other", "!"+isDark)
		b.do("load anew", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS(`[role="grid"]`)))
		b.wants("the theme is remembered", "!"+isDark)
		b.click(button("Light or dark"))
		b.wants("the theme is back", isDark)
	}
}

// The keys do what the help says.
func TestConsoleByKeyboard(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	traffic(p)
	b := open(t, p, "#/requests")
	b.shows("10 requests")
	b.do("press /", chromedp.KeyEvent("/"))
	b.wants("the search has the focus", `document.activeElement.type === "search"`)
	value[string](b, `document.activeElement.value = ""`) // the driver sends the character apart from the key
	b.do("search", chromedp.KeyEvent("hinted"))
	b.shows("1 request")
	b.do("leave the search", chromedp.KeyEvent(kb.Escape))
	b.wants("all are listed", `document.querySelector(".list-status").textContent === "10 requests"`)
	b.do("go to the list", chromedp.Focus(chromedp.CSS(`[role="grid"]`)), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	b.wants("a request is open", `location.hash.startsWith("#/requests/r")`)
	b.do("close it", chromedp.KeyEvent(kb.Escape))
	b.wants("it is closed", `location.hash === "#/requests"`)
}

// What callers send shows as text, whatever it is.
func TestConsoleShowsHostileContentHarmlessly(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	hostile, err := json.Marshal(map[string]string{"type": "link", "external_user_id": evil + "\u202e\u0000\u0007", "card_id": strings.Repeat("x", 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	p.exchange(http.MethodPost, "/session/create", string(hostile), "X-Evil", evil)
	p.exchange(http.MethodPost, "/session/create?"+"%3Cscript%3E", "\xff\xfe<script>", "Authorization", basic("<b>evil</b>", evil))
	p.exchange(http.MethodPost, "/session/create", `{"type":"`+evil+`"}`)
	for _, view := range []string{"#/requests", "#/requests/r1", "#/requests/r2", "#/requests/r3", "#/sessions", "#/conduct", "#/coverage"} {
		b := open(t, p, view)
		b.shows("live")
		if got := value[int](b, `document.querySelectorAll("main img, main script, main b").length`); got != 0 {
			t.Errorf("%s: %d elements came from a request", view, got)
		}
		if title := value[string](b, `document.title`); strings.Contains(title, "owned") {
			t.Errorf("%s: the page is %s", view, title)
		}
		if size := value[int](b, `document.body.textContent.length`); size > 200_000 {
			t.Errorf("%s shows %d characters", view, size)
		}
	}
}

// Where a token is needed, the page asks for it, and never shows it: its commands
// take it from a variable.
func TestConsoleAsksForTheToken(t *testing.T) {
	t.Parallel()
	const token = "open-sesame"
	p := start(t, nil, "--control-token", token)
	b := open(t, p, "#/faults")
	b.do("give the token", chromedp.WaitVisible(chromedp.CSS(`dialog[open] input`)), chromedp.SendKeys(chromedp.CSS(`dialog[open] input`), token+kb.Enter))
	b.click(button("reset"))
	b.shows("not met yet")
	if shown := value[string](b, `document.documentElement.outerHTML`); strings.Contains(shown, token) {
		t.Error("the page shows the token")
	}
	shell(t, "KNOT_SANDBOX_CONTROL_TOKEN="+token+"; "+b.told(0, 1)[0])
	if got := strings.Count(p.control("GET", "/faults", "", "X-Sandbox-Token", token), `"fault": "reset"`); got != 2 {
		t.Errorf("after a click and its command %d faults are armed, want 2", got)
	}
	b.allow(`401`)
}

// Ten thousand exchanges are in the list, and only those in sight are in the page.
func TestConsoleWithTenThousandExchanges(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	b := open(t, p, "#/requests")
	flood(p, 10_000)
	b.wants("the newest is there", `document.querySelector('[role="grid"]') !== null`)
	value[bool](b, probe)
	b.wants("all are in the list, and the last is in sight", `document.querySelector(".list-status").textContent.startsWith("10,000 requests") && window.probe.isAtEnd`)
	if rows := value[int](b, `document.querySelectorAll('[role="row"]').length`); rows > 200 {
		t.Errorf("%d rows are in the page", rows)
	}
	if all := value[int](b, `document.querySelectorAll("*").length`); all > 4000 {
		t.Errorf("%d elements are in the page", all)
	}
	b.do("search", chromedp.Focus(chromedp.CSS(`input[type="search"]`)), chromedp.KeyEvent("user-777"))
	b.wants("the search is done", `document.querySelector(".list-status").textContent.startsWith("11 requests")`)
	b.reportProbe()
	b.screenshot("ten-thousand")
}

// probe scrolls through the list and measures how long frames and tasks take from
// now on.
const probe = `(() => {
	const grid = document.querySelector('[role="grid"]');
	const probe = { frames: [], tasks: [], at: performance.now(), isAtEnd: false };
	new PerformanceObserver((list) => probe.tasks.push(...list.getEntries().map((task) => task.duration))).observe({ type: "longtask" });
	const measure = (now) => {
		probe.frames.push(now - probe.at);
		probe.at = now;
		probe.isAtEnd = grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1;
		if (!probe.isAtEnd) grid.scrollTop += 2000;
		requestAnimationFrame(measure);
	};
	requestAnimationFrame(measure);
	window.probe = probe;
	return true;
})()`

// reportProbe logs what the probe has measured. The bound is wide, for machines
// that do much else at the time.
func (b *page) reportProbe() {
	b.t.Helper()
	type sample struct{ Frames, Tasks []float64 }
	measured := value[sample](b, `({ frames: window.probe.frames, tasks: window.probe.tasks })`)
	slices.Sort(measured.Frames)
	slices.Sort(measured.Tasks)
	n := len(measured.Frames)
	if n < 10 {
		b.t.Fatalf("%d frames were drawn", n)
	}
	b.t.Logf("%d frames: median %.0f ms, 95 of 100 within %.0f ms, the slowest %.0f ms; %d tasks above 50 ms",
		n, measured.Frames[n/2], measured.Frames[n*95/100], measured.Frames[n-1], len(measured.Tasks))
	if n := len(measured.Tasks); n > 0 && measured.Tasks[n-1] > 1000 {
		b.t.Errorf("a task took %.0f ms", measured.Tasks[n-1])
	}
}

// flood makes n calls of which the users are numbered, over a few connections.
func flood(p *process, n int) {
	p.t.Helper()
	const lanes = 8
	transport := &http.Transport{MaxConnsPerHost: lanes}
	defer transport.CloseIdleConnections()
	done := make(chan error, lanes)
	for lane := range lanes {
		go func() { done <- p.lane(&http.Client{Transport: transport, Timeout: patience}, lane, lanes, n) }()
	}
	for range lanes {
		if err := <-done; err != nil {
			p.t.Error(err)
		}
	}
}

func (p *process) lane(client *http.Client, lane, lanes, n int) error {
	for i := lane; i < n; i += lanes {
		r, err := http.NewRequest(http.MethodPost, p.url+"/session/create", strings.NewReader(fmt.Sprintf(`{"type":"link","external_user_id":"user-%d"}`, i)))
		if err != nil {
			return err
		}
		r.SetBasicAuth("sandbox", "sandbox")
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			return err
		}
		res.Body.Close()
	}
	return nil
}
