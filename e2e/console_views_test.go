package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// told asks the control API and reads its answer.
func told[T any](p *process, method, path, body string) T {
	p.t.Helper()
	var v T
	if err := json.Unmarshal([]byte(p.control(method, path, body)), &v); err != nil {
		p.t.Errorf("%s %s: %v", method, path, err)
	}
	return v
}

// step is what the control API says that a request will meet.
type step struct {
	Request        int
	Hit            bool
	Effect, Reason string
}

func (s step) String() string {
	if s.Hit {
		return s.Effect
	}
	return "passes; " + s.Reason
}

func (p *process) plan(body string) []step {
	p.t.Helper()
	return told[struct{ Plan []step }](p, http.MethodPost, "/faults/plan", body).Plan
}

// shownPlan returns the steps that a plan in the page shows: those of its cells,
// and those of its words, which join neighbours that meet the same.
func (b *page) shownPlan(within string) (cells, words []string) {
	b.t.Helper()
	cells = value[[]string](b, fmt.Sprintf(`[...document.querySelectorAll(%q)].map((e) => e.textContent + " " + e.classList.contains("hit") + " " + e.title)`, within+" .cell"))
	for _, run := range value[[]string](b, fmt.Sprintf(`[...document.querySelectorAll(%q)].map((e) => e.textContent)`, within+" .plan-runs li")) {
		numbers, saying, _ := strings.Cut(run, " ")
		var first, last int
		if n, _ := fmt.Sscanf(numbers, "%d–%d", &first, &last); n == 1 {
			last = first
		}
		for i := first; i <= last; i++ {
			words = append(words, fmt.Sprintf("%d %s", i, saying))
		}
	}
	return cells, words
}

// What the next requests will meet is what the control API says, before a rule is
// armed and of one that is.
func TestConsolePlans(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--seed", "7")
	const rule = "InternalServerError p=0.5 after=2 times=3"
	b := open(t, p, "#/faults")
	b.set("#fault-text", rule)
	b.wants("a plan is shown", `document.querySelectorAll(".next-plan .cell").length === 10`)
	check := func(where string, steps []step) {
		t.Helper()
		var cells, words []string
		for _, s := range steps {
			cells = append(cells, fmt.Sprintf("%d %t %s", s.Request, s.Hit, s))
			words = append(words, fmt.Sprintf("%d %s", s.Request, s))
		}
		gotCells, gotWords := b.shownPlan(where)
		if !slices.Equal(gotCells, cells) || !slices.Equal(gotWords, words) {
			t.Errorf("%s shows %q, in words %q, want %q", where, gotCells, gotWords, cells)
		}
		if !slices.ContainsFunc(steps, func(s step) bool { return s.Hit }) {
			t.Errorf("%s: nothing is hit in %v", where, steps)
		}
	}
	check(".next-plan", p.plan(`{"fault":"`+rule+`","requests":10}`))

	b.click(button("Arm"))
	b.shows("not met yet")
	for range 4 { // the plan goes on from there
		p.fault(session)
	}
	b.shows("4 requests matched")
	b.click(button("Plan f1"))
	b.wants("the plan of the rule is shown", `document.querySelectorAll(".rule-more .cell").length === 10`)
	check(".rule-more", p.plan(`{"id":"f1","requests":10}`))

	b.set(`.next select`, "2s")
	b.set("#fault-text", "BadGateway for=5s")
	b.wants("the plan by time is shown", `document.querySelector(".next-plan .cell.hit")?.title === "BadGateway"`)
	check(".next-plan", p.plan(`{"fault":"BadGateway for=5s","requests":10,"every":"2s"}`))
}

// Editing a rule arms the new text before it disarms the old; a text that is
// refused leaves everything as it was.
func TestConsoleEditsARule(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--fault", "NoAccess times=2 client=sandbox")
	b := open(t, p, "#/faults")
	b.click(button("Edit f1"))
	if got := value[string](b, `document.querySelector(".rule-edit input").value`); got != "NoAccess times=2 client=sandbox" {
		t.Errorf("the text to edit is %q", got)
	}
	b.set(".rule-edit input", "NoAcess")
	b.click(button("Replace"))
	b.wants("the refusal is told at the rule", `document.querySelector(".rule .problem")?.textContent.includes('did you mean "NoAccess"?')`)
	if faults := p.control("GET", "/faults", ""); strings.Count(faults, `"id"`) != 1 || !strings.Contains(faults, `"f1"`) {
		t.Errorf("after a refused edit: %s", faults)
	}
	b.allow(`400`)

	b.set(".rule-edit input", "InvalidEmail")
	b.click(button("Replace"))
	b.wants("the new rule has taken its place", `[...document.querySelectorAll(".rule-id")].map((e) => e.textContent).join() === "f2"`)
	want := []string{"POST /__sandbox/faults", "POST /__sandbox/faults", "DELETE /__sandbox/faults/f1"}
	if got := b.changed(); !slices.Equal(got, want) {
		t.Errorf("the page did %v, want %v", got, want)
	}
	if a := p.fault(session); !strings.Contains(a.body, "email") {
		t.Errorf("the new rule answers %d %s", a.status, a.body)
	}
}

// A fault that came with requests leads to those that it hit.
func TestConsoleLeadsToWhatAFaultHit(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	p.fault(session, "X-Sandbox-Fault", "InternalServerError")
	p.fault(session, "X-Sandbox-Fault", "NoAccess")
	b := open(t, p, "#/faults")
	b.click(`//a[normalize-space()="Show the requests that i2 hit"]`)
	b.wants("its request is listed", `location.hash === "#/requests?fault=i2" && document.querySelector(".list-status")?.textContent === "1 request"`)
}

// secondsLeft is what the page shows of the session of a client, NaN if none.
const secondsLeft = `window.left = (client) => {
	const row = [...document.querySelectorAll(".sessions-table tbody tr")].find((row) => row.cells[4].textContent === client);
	return (/^[\d:]+/.exec(row?.querySelector(".left-time").textContent)?.[0] ?? "none").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}, true`

// What is left of a session counts down by the clock of its client, jumps with it,
// stands still with it and ends with it.
func TestConsoleSessionsByTheClock(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	p.post(session)
	p.post(`{"type":"transaction_link","external_user_id":"u"}`, "Authorization", basic("limited", "limited"))
	b := open(t, p, "#/sessions")
	value[bool](b, secondsLeft)
	b.wants("both have half an hour", `["sandbox", "limited"].every((client) => left(client) > 28 * 60 && left(client) < 30 * 60)`)
	b.wants("it counts down by the second", `(window.seen ??= new Set()).add(left("limited")) && [...seen].some((n) => seen.has(n - 1) && seen.has(n - 2))`)

	p.control("PUT", "/clock", `{"client":"sandbox","advance":"10m"}`) // by somebody else
	b.wants("one jumps, the other does not", `left("sandbox") < 20 * 60 && left("sandbox") > 18 * 60 && left("limited") > 28 * 60`)

	p.control("PUT", "/clock", `{"client":"sandbox","freeze":true}`)
	b.shows("frozen")
	type sessions struct {
		Sessions []struct {
			SecondsLeft float64 `json:"seconds_left"`
		}
	}
	list := told[sessions](p, http.MethodGet, "/sessions?client=sandbox", "").Sessions
	if got := value[float64](b, `left("sandbox")`); len(list) != 1 || math.Abs(got-list[0].SecondsLeft) > 1 {
		t.Errorf("the page shows %v s of a frozen clock, the control API says %v", got, list)
	}
	b.screenshot("sessions-frozen")

	p.control("PUT", "/clock", `{"client":"sandbox","advance":"31m"}`)
	b.wants("one is over, the other is not", `isNaN(left("sandbox")) && left("limited") > 28 * 60`)
}

// sentence is what the timeline says to those who cannot see it.
const sentence = `document.getElementById("timeline-sentence")?.textContent`

// The picture of the last minutes says in words what it shows, from its first
// moment on; its marks open their exchanges, by pointer and by keys.
func TestConsoleTimeline(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	p.post(session)                                                                        // r1, at the foot of the picture
	p.fault(`{"type":"link","external_user_id":"slow"}`, "X-Sandbox-Fault", "delay=300ms") // r2, further up
	p.fault(session, "X-Sandbox-Fault", "InternalServerError")
	p.post("")
	b := open(t, p, "#/requests")
	b.wants("there is a sentence", sentence+` > ""`)
	const want = "In the last 5 minutes: 4 requests, 2 Created, 1 refused, 4xx, 1 failed, 5xx; 2 hit by a fault."
	if got := value[string](b, sentence); got != want {
		t.Errorf("the timeline says %q at first, want %q", got, want)
	}
	p.post("")
	b.wants("it goes on", sentence+` === "In the last 5 minutes: 5 requests, 2 Created, 2 refused, 4xx, 1 failed, 5xx; 2 hit by a fault."`)
	if value[bool](b, `document.querySelector(".plot").getAttribute("aria-describedby") !== "timeline-sentence"`) {
		t.Error("the picture is not described by its sentence")
	}

	for id, key := range map[string]string{"r1": kb.Home, "r2": kb.Home + kb.ArrowRight} {
		b.do("walk to "+id, chromedp.Focus(chromedp.CSS(".plot")), chromedp.KeyEvent(key))
		b.wants(id+" is told", fmt.Sprintf(`[".tip", "#announcer"].every((part) => document.querySelector(part).textContent.startsWith("%s · Created · 200"))`, id))
		at := value[[]float64](b, `(() => {
			const [tip, box] = [document.querySelector(".tip"), document.querySelector(".plot").getBoundingClientRect()];
			return [box.x + parseFloat(tip.style.getPropertyValue("--x")), box.y + parseFloat(tip.style.getPropertyValue("--y"))];
		})()`)
		b.do("click on "+id, chromedp.MouseEvent("mouseMoved", at[0], at[1]), chromedp.MouseClickXY(at[0], at[1]))
		b.wants(id+" is open", fmt.Sprintf(`location.hash === "#/requests/%[1]s" && document.querySelector(".detail h2")?.textContent.startsWith(%[1]q)`, id))
		b.click(button("Close"))
		b.wants("it is closed", `location.hash === "#/requests"`)
	}
	b.do("open by a key", chromedp.Focus(chromedp.CSS(".plot")), chromedp.KeyEvent(kb.End+kb.ArrowLeft+kb.Enter))
	b.wants("it is open", `/^#\/requests\/r\d$/.test(location.hash)`)
}

// attempt is what the control API says of an attempt of a call.
type attempt struct {
	Request, Outcome string
	Status           int
	OffsetMS         float64 `json:"offset_ms"`
	DurationMS       float64 `json:"duration_ms"`
	RetryAfter       float64 `json:"retry_after_seconds"`
}

// The verdict of a rule is shown with its reason and its requests, and the calls
// as pictures, in which every attempt has its place by time and leads to its
// exchange.
func TestConsoleConduct(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	p.control("POST", "/faults", "RateLimited retry-after=1s times=2")
	for range 3 { // a program that does not wait
		p.fault(session)
	}
	b := open(t, p, "#/conduct")
	b.verdict("retry_after", "fail")
	type report struct {
		Rules []struct{ Rule, Title, Reason, Verdict string }
		Calls []struct{ Attempts []attempt }
	}
	conduct := told[report](p, http.MethodGet, "/conduct", "")
	if n := value[int](b, `document.querySelectorAll(".verdict").length`); n != len(conduct.Rules) {
		t.Errorf("%d rules are shown of %d", n, len(conduct.Rules))
	}
	for _, rule := range conduct.Rules {
		b.verdict(rule.Rule, strings.ReplaceAll(rule.Verdict, "_", " "))
		shown := value[string](b, fmt.Sprintf(`document.querySelector('[data-rule="%s"]').textContent`, rule.Rule))
		if !strings.Contains(shown, rule.Title) || !strings.Contains(shown, rule.Reason) {
			t.Errorf("%s shows %q, want %q and %q in it", rule.Rule, shown, rule.Title, rule.Reason)
		}
	}
	if links := value[string](b, `[...document.querySelectorAll('[data-rule="retry_after"] .verdict-links a')].map((a) => a.hash).join()`); !strings.HasPrefix(links, "#/requests/r1,#/requests/r2") {
		t.Errorf("retry_after leads to %q", links)
	}
	b.checkFigure(conduct.Calls[0].Attempts)
	value[bool](b, `document.querySelectorAll(".call-figure g > .reach")[1].dispatchEvent(new MouseEvent("click", { bubbles: true }))`)
	b.wants("the second attempt is open", `location.hash === "#/requests/r2"`)
}

// checkFigure holds the picture of the only call to its attempts.
func (b *page) checkFigure(attempts []attempt) {
	b.t.Helper()
	end := 0.0
	for _, a := range attempts {
		end = max(end, a.OffsetMS+a.DurationMS+1000*a.RetryAfter)
	}
	places := value[[]string](b, `[...document.querySelectorAll(".call-figure > .mark")].map((e) => e.getAttribute("x"))`)
	titles := value[[]string](b, `[...document.querySelectorAll(".call-figure > .mark title")].map((e) => e.textContent)`)
	if len(places) != len(attempts) || len(titles) != len(attempts) {
		b.t.Fatalf("the picture has marks at %v, titled %q, of %d attempts", places, titles, len(attempts))
	}
	for i, a := range attempts {
		if want := fmt.Sprintf("%s %s %d", a.Request, a.Outcome, a.Status); titles[i] != want {
			b.t.Errorf("mark %d is titled %q, want %q", i, titles[i], want)
		}
		var at float64
		if _, err := fmt.Sscanf(places[i], "%f%%", &at); err != nil {
			b.t.Error(err)
		}
		if want := 3 + 94*a.OffsetMS/end; math.Abs(at-want) > 0.01 {
			b.t.Errorf("mark %d is at %s, want %.2f%%", i, places[i], want)
		}
	}
	words := value[string](b, `document.querySelector(".call-figure").getAttribute("aria-label")`)
	if !regexp.MustCompile(`^RateLimited, which asked to wait 1 seconds?; after [\d.]+ [µm]s RateLimited, .*; after .* Created$`).MatchString(words) {
		b.t.Errorf("the picture in words is %q", words)
	}
	if asked := value[[]string](b, `[...document.querySelectorAll(".call-figure .asked text")].map((e) => e.textContent)`); !slices.Equal(asked, []string{"Retry-After 1 s", "Retry-After 1 s"}) {
		b.t.Errorf("the picture shows %q as asked for", asked)
	}
}

// verdict waits until a rule of the conduct view has a verdict.
func (b *page) verdict(rule, word string) {
	b.t.Helper()
	b.wants(rule+" is judged "+word, fmt.Sprintf(`document.querySelector('[data-rule="%s"] .verdict-word')?.textContent === %q`, rule, word))
}
