package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browsers are the names under which Chromium is installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// startBrowser starts one browser for all tests; the returned context is its.
var startBrowser = sync.OnceValues(func() (context.Context, error) {
	for _, name := range browsers {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path),
			chromedp.NoSandbox, // the tests may run as root; the pages are ours
			chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-dev-shm-usage", true),
			chromedp.WSURLReadTimeout(time.Minute),
		)
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, closeBrowser := chromedp.NewContext(allocator)
		stopBrowser = func() { closeBrowser(); cancel() }
		return ctx, chromedp.Do(ctx)
	}
	return nil, fmt.Errorf("none of %s is installed", strings.Join(browsers, ", "))
})

// stopBrowser ends the browser, if one was started.
var stopBrowser = func() {}

// page is a page of the console in a browser, in a profile of its own.
type page struct {
	t   *testing.T
	p   *process
	ctx context.Context

	mu       sync.Mutex
	problems []string // what a page must not do
	changes  []string // what it asked of the control API that may change something, as METHOD and path
}

// open opens the console of a sandbox at a view, such as "#/requests". When the
// test ends, the page must have called nothing but what the control API describes,
// on its own host, and have printed no error.
func open(t *testing.T, p *process, view string) *page {
	t.Helper()
	browser, err := startBrowser()
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("no browser: %v", err)
	} else if err != nil {
		t.Skipf("skipped, because there is no browser: %v", err)
	}
	b := &page{t: t, p: p}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.watch))
	t.Cleanup(cancel)
	b.ctx, cancel = context.WithTimeout(ctx, 2*patience)
	t.Cleanup(cancel)
	t.Cleanup(b.check)
	b.do("set the size", chromedp.EmulateViewport(1280, 800))
	for b.load(view) {
		t.Log("the machine's network changed while the page was loading; it is loaded again")
	}
	return b
}

// networkChanged is what the browser says when an interface of the machine comes or
// goes, such as a container's: it drops what it is loading, from wherever.
const networkChanged = "net::ERR_NETWORK_CHANGED"

// load loads a view and reports whether that has to be done again.
func (b *page) load(view string) (again bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience/2)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Navigate(b.p.url+"/__sandbox/"+view), chromedp.WaitVisible(chromedp.CSS("main h1, dialog[open]")))
	if b.allow(networkChanged) > 0 && b.ctx.Err() == nil {
		return true
	}
	if err != nil {
		b.t.Fatalf("open %s: %v", view, err)
	}
	return false
}

// do does something in the page.
func (b *page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// watch looks at what the page does.
func (b *page) watch(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if why := b.unexpected(e.Request.Method, e.Request.URL); why != "" {
			b.note("%s %s: %s", e.Request.Method, e.Request.URL, why)
		}
		b.sent(e.Request.Method, e.Request.URL)
	case *runtime.EventExceptionThrown:
		b.note("exception: %s %s", e.ExceptionDetails.Text, remoteText(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.note("console: %s %s", e.Type, remoteText(e.Args...))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
			b.note("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	}
}

// remoteText returns values of the page as text.
func remoteText(values ...*runtime.RemoteObject) string {
	var words []string
	for _, v := range values {
		if v != nil {
			words = append(words, string(v.Value)+v.Description)
		}
	}
	return strings.Join(words, " ")
}

// sent remembers a request that may change something. Looking ahead does not.
func (b *page) sent(method, address string) {
	path := strings.TrimPrefix(address, b.p.url)
	if method == http.MethodGet || path == "/__sandbox/faults/plan" {
		return
	}
	path, _, _ = strings.Cut(path, "?")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changes = append(b.changes, method+" "+path)
}

// changed returns what the page did to the sandbox so far.
func (b *page) changed() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.changes)
}

func (b *page) note(format string, values ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, fmt.Sprintf(format, values...))
}

// allow takes back the problems that a test brings about on purpose, and returns how
// many there were.
func (b *page) allow(pattern string) (count int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var kept []string
	for _, problem := range b.problems {
		if regexp.MustCompile(pattern).MatchString(problem) {
			count++
			continue
		}
		kept = append(kept, problem)
	}
	b.problems = kept
	return count
}

func (b *page) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, problem := range b.problems {
		b.t.Errorf("the page: %s", problem)
	}
	if b.t.Failed() {
		b.screenshot("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
	}
}

// unexpected says what is wrong with a request of the page, or nothing.
func (b *page) unexpected(method, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return err.Error()
	}
	if u.Scheme == "data" {
		return ""
	}
	if u.Scheme+"://"+u.Host != b.p.url {
		return "is for another host"
	}
	routes, err := controlRoutes()
	if err != nil {
		return err.Error()
	}
	for _, route := range routes {
		if route.MatchString(method + " " + u.EscapedPath()) {
			return ""
		}
	}
	return "is no route of the control API's description"
}

// controlRoutes returns the routes of the control API's description as patterns
// of "METHOD /path".
var controlRoutes = sync.OnceValues(func() ([]*regexp.Regexp, error) {
	doc, err := loadDescription("../admin/openapi.yaml")
	if err != nil {
		return nil, err
	}
	var routes []*regexp.Regexp
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			pattern := regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "[^/]+")
			routes = append(routes, regexp.MustCompile("^"+method+" "+pattern+"$"))
		}
	}
	return routes, nil
})

// button is an XPath of a button by its text or name.
func button(name string) string {
	return fmt.Sprintf(`//button[normalize-space()=%[1]q or @aria-label=%[1]q]`, name)
}

// click clicks on what an XPath names, once it is there.
func (b *page) click(xpath string) {
	b.t.Helper()
	target := chromedp.Search(xpath)
	b.do("click "+xpath, chromedp.WaitEnabled(target), chromedp.Click(target, chromedp.NodeVisible))
}

// visit goes to another view of the page, such as "#/faults?client=sandbox".
func (b *page) visit(view string) {
	b.t.Helper()
	value[string](b, fmt.Sprintf(`location.hash = %q`, view))
	b.wants("the page is at "+view, `document.querySelector('[aria-current="page"]')?.hash === location.hash.split("/").slice(0, 2).join("/")`)
}

// set gives a field or a select a value, as a user who leaves it afterwards.
func (b *page) set(css, text string) {
	b.t.Helper()
	b.do("wait for "+css, chromedp.WaitEnabled(chromedp.CSS(css)))
	value[bool](b, fmt.Sprintf(`((e) => {
		e.value = %q;
		return ["input", "change"].every((type) => e.dispatchEvent(new Event(type, { bubbles: true })));
	})(document.querySelector(%q))`, text, css))
}

// wants waits until an expression is true in the page.
func (b *page) wants(what, expression string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(patience)))
	if err != nil {
		shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		b.t.Fatalf("%s: %v; the page shows\n%s", what, err, shown)
	}
}

// shows waits until the page shows a text.
func (b *page) shows(text string) {
	b.t.Helper()
	b.wants("the page shows "+text, fmt.Sprintf(`document.body.innerText.includes(%q)`, text))
}

// value evaluates an expression in the page.
func value[T any](b *page, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

// size makes the page as large as a screen, in a light or dark theme.
func (b *page) size(width, height int64, scheme string) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(width, height))
	theme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, theme); err != nil {
		b.t.Fatalf("set the theme: %v", err)
	}
}

// screenshot keeps a picture of the page in the folder that the variable
// KNOT_SANDBOX_SCREENSHOTS names, if there is one.
func (b *page) screenshot(name string) {
	b.t.Helper()
	folder := os.Getenv("KNOT_SANDBOX_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Errorf("screenshot %s: %v", name, err)
	}
}

// interactive are the roles of what a user can act on.
var interactive = map[string]bool{
	"button": true, "link": true, "textbox": true, "searchbox": true, "combobox": true, "checkbox": true, "switch": true,
	"radio": true, "spinbutton": true, "slider": true, "tab": true, "menuitem": true, "grid": true, "table": true, "dialog": true, "image": true,
}

// nameless returns what a screen reader has no name for.
func (b *page) nameless() []string {
	b.t.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.t.Fatalf("read the accessibility tree: %v", err)
	}
	var list []string
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role := strings.Trim(string(n.Role.Value), `"`)
		if interactive[role] && (n.Name == nil || strings.Trim(string(n.Name.Value), `" `) == "") {
			list = append(list, fmt.Sprintf("%s (node %d)", role, n.BackendDOMNodeID))
		}
	}
	if len(tree.Nodes) < 10 {
		list = append(list, "the tree itself, which is empty")
	}
	return list
}
