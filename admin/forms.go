package admin

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"knotsandbox/faults"
	"knotsandbox/journal"
	"knotsandbox/knot"
)

// requestView is an exchange and what can be made of it.
type requestView struct {
	exchange journal.Exchange
	forms    forms
}

// MarshalJSON adds the forms to the exchange's own form.
func (v requestView) MarshalJSON() ([]byte, error) { return v.exchange.With("as", v.forms) }

// forms are an exchange in other words.
type forms struct {
	Curl  string `json:"curl"`
	Go    string `json:"go"`    // a test
	Fault string `json:"fault"` // a rule that gives the answer again; empty if there is none
}

func (a *API) formsOf(e *journal.Exchange, url string) forms {
	return forms{Curl: curl(e, url), Go: goTest(e), Fault: a.ruleFor(e)}
}

// ruleFor returns a rule that gives the answer of an exchange to the same call
// once more; of a call that went well, one that lets it fail.
func (a *API) ruleFor(e *journal.Exchange) string {
	effect := e.Fault
	switch {
	case e.Method != http.MethodPost, !knot.IsCall(e.Outcome), e.Outcome == knot.PayloadTooLarge.Name && effect == "":
		return "" // faults are for calls
	case effect != "":
	case e.Outcome == knot.Created || e.Outcome == knot.Abandoned:
		effect = knot.InternalServerError.Name
	default:
		effect = e.Outcome
	}
	match := faults.Match{Client: e.Client, Product: e.Product}
	opensDoor := strings.HasPrefix(e.ExternalUserID, faults.ValuePrefix) // before any rule is asked
	if !opensDoor && isWhole(e.ExternalUserID, journal.MaxName) {
		match.User = e.ExternalUserID
	}
	for range 2 {
		text := strings.TrimSpace(match.String() + " " + effect + " times=1")
		if _, err := a.sandbox.Plan("", faults.Match{}, text, faults.Traffic{Requests: 1}); err == nil {
			return text
		}
		match = faults.Match{Client: e.Client} // what was sent cannot stand in a rule
	}
	return ""
}

// isWhole reports whether a text is surely not cut off at a bound of the journal's,
// which cuts between characters.
func isWhole(text string, most int) bool { return len(text) <= most-utf8.UTFMax }

// ownHeader returns the fields of a request that are its caller's own and not those
// of the connection, as pairs sorted by name.
func ownHeader(e *journal.Exchange) [][2]string {
	header := e.Header()
	for _, name := range []string{
		"Accept-Encoding", "Authorization", "Connection", "Content-Length", "Expect", "Host", "Te", "Transfer-Encoding", "Upgrade", "User-Agent",
	} {
		delete(header, name)
	}
	var list [][2]string
	for name, values := range header {
		for _, value := range values {
			if name != "Accept" || value != "*/*" {
				list = append(list, [2]string{name, value})
			}
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int { return strings.Compare(a[0]+"\n"+a[1], b[0]+"\n"+b[1]) })
	return list
}

// wrongSecret stands in for a secret that was refused.
const wrongSecret = "not-the-secret"

// credentialsOf returns the client_id that an exchange's Basic credentials gave,
// and whether they were refused.
func credentialsOf(e *journal.Exchange) (id string, refused, ok bool) {
	id = e.Client + e.GivenID // one of them is empty
	ok = id != "" && strings.HasPrefix(e.Header().Get("Authorization"), "Basic ")
	return id, e.Outcome == knot.AuthFailed.Name && e.Rule == "", ok
}

// curl returns the exchange's request as a command. The secret is a variable.
func curl(e *journal.Exchange, url string) string {
	words := []string{"curl -i"}
	isPlain := e.Method == http.MethodPost && e.BodySize > 0 || e.Method == http.MethodGet && e.BodySize == 0
	switch {
	case e.Method == http.MethodHead:
		words[0] += " --head"
	case !isPlain:
		words[0] += " -X " + shell(e.Method)
	}
	if id, refused, ok := credentialsOf(e); ok && refused {
		words = append(words, "-u "+shell(id+":"+wrongSecret))
	} else if ok {
		words = append(words, "-u "+shell(id+":")+`"${KNOT_SECRET:?is not set}"`)
	}
	hasType := false
	for _, field := range replayed(e) {
		hasType = hasType || field[0] == "Content-Type"
		words = append(words, "-H "+shell(curlField(field[0], field[1])))
	}
	if e.BodySize > 0 && !hasType {
		words = append(words, "-H 'Content-Type:'") // curl has one of its own
	}
	command := strings.Join(append(words, target(e, url)...), " \\\n  ")
	switch {
	case e.BodySize == 0, e.Method == http.MethodHead: // with which curl sends no body
	case isText(e.Body):
		command += " \\\n  --data-raw " + shell(e.Body) // which takes no body for the name of a file
	default:
		command = "echo " + base64.StdEncoding.EncodeToString([]byte(e.Body)) + " | base64 -d |\n" + command + " \\\n  --data-binary @-"
	}
	return note(e, "# ") + command + "\n"
}

// curlField returns a header field as curl wants it: it would leave out one
// without a value.
func curlField(name, value string) string {
	if value == "" {
		return name + ";"
	}
	return name + ": " + value
}

// target returns the words that say where a request goes.
func target(e *journal.Exchange, url string) []string {
	if isOdd(e.Path) {
		return []string{"--request-target " + shell(e.Path), shell(url)}
	}
	return []string{"--globoff " + shell(url+e.Path)}
}

// isOdd reports whether a client would change a path that it finds in a URL.
func isOdd(path string) bool {
	return !strings.HasPrefix(path, "/") || strings.Contains(path, "/.") ||
		strings.ContainsFunc(path, func(r rune) bool { return r == '#' || r >= utf8.RuneSelf })
}

// note says what is missing from a form.
func note(e *journal.Exchange, comment string) string {
	text := ""
	if !e.BodyIsWhole() {
		text += fmt.Sprintf("%sThe body had %d bytes; these are the first of them.\n", comment, e.BodySize)
	}
	if strings.Contains(e.Body+e.Path, journal.Mask) {
		text += comment + journal.Mask + " stands in place of a secret.\n"
	}
	return text
}

// isText reports whether a body can stand in a command as it is.
func isText(body string) bool {
	return utf8.ValidString(body) && !strings.ContainsFunc(body, func(r rune) bool {
		return r != '\n' && r != '\t' && !unicode.IsPrint(r)
	})
}

// shell quotes a word for a shell.
func shell(word string) string {
	if isText(word) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString(`"$(printf '`) // which every shell has
	for i := range len(word) {
		switch c := word[i]; {
		case c < ' ' || c >= 0x7f || strings.IndexByte("'\\%\"$`", c) >= 0:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + `')"`
}

// replayed returns the fields of a request made again. A fault that hit it, by
// whatever door, comes with it.
func replayed(e *journal.Exchange) [][2]string {
	fields := ownHeader(e)
	if e.Fault == "" {
		return fields
	}
	fields = slices.DeleteFunc(fields, func(f [2]string) bool { return f[0] == "X-Sandbox-Fault" })
	return append(fields, [2]string{"X-Sandbox-Fault", e.Fault})
}

// goTest returns a test that makes the request and wants the answer again. A fault
// that hit it comes with the request.
func goTest(e *journal.Exchange) string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("package knot_test\n\nimport (\n\t\"io\"\n\t\"net/http\"\n\t\"os\"\n\t\"strings\"\n\t\"testing\"\n\t\"time\"\n)\n")
	b.WriteString(note(e, "// "))
	line("// Test%s makes a request of the sandbox's journal again.", title(e.Outcome))
	line("func Test%s(t *testing.T) {", title(e.Outcome))
	line("\tif os.Getenv(\"KNOT_BASE_URL\") == \"\" {\n\t\tt.Skip(\"KNOT_BASE_URL is not set; KNOT_SECRET is wanted, too\")\n\t}")
	path := "+" + goText(e.Path)
	if isOdd(e.Path) {
		path = ""
	}
	line("\tr, err := http.NewRequest(%s, os.Getenv(\"KNOT_BASE_URL\")%s, strings.NewReader(%s))", goText(e.Method), path, goText(e.Body))
	line("\tif err != nil {\n\t\tt.Fatal(err)\n\t}")
	if isOdd(e.Path) {
		line("\tr.URL.Opaque = %s", goText(e.Path)) // as it is
	}
	if id, refused, ok := credentialsOf(e); ok && refused {
		line("\tr.SetBasicAuth(%s, %s)", goText(id), goText(wrongSecret))
	} else if ok {
		line("\tr.SetBasicAuth(%s, os.Getenv(\"KNOT_SECRET\"))", goText(id))
	}
	for _, field := range replayed(e) {
		line("\tr.Header.Add(%s, %s)", goText(field[0]), goText(field[1]))
	}
	line("\tclient := http.Client{Timeout: 10 * time.Second}\n\tres, err := client.Do(r)")
	if breaksConnection(e) {
		line("\tif err == nil {\n\t\t_, err = io.ReadAll(res.Body)\n\t\tres.Body.Close()\n\t}")
		line("\tif err == nil {\n\t\tt.Error(\"the answer came whole, want an error\")\n\t}\n}")
		return b.String()
	}
	line("\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\tdefer res.Body.Close()\n\tbody, err := io.ReadAll(res.Body)")
	line("\tif err != nil {\n\t\tt.Fatal(err)\n\t}")
	line("\tif res.StatusCode != %d {\n\t\tt.Errorf(\"status %%d %%s, want %d\", res.StatusCode, body)\n\t}", e.Status, e.Status)
	if isSame(e) {
		line("\tif want := %s; string(body) != want {\n\t\tt.Errorf(\"body %%s, want %%s\", body, want)\n\t}", goText(e.Answer))
	}
	return b.String() + "}\n"
}

// isSame reports whether the answer of an exchange is known to the byte, and the
// same each time. Of a fault that does not parse the journal has the reason alone.
func isSame(e *journal.Exchange) bool {
	switch {
	case e.Outcome == knot.Created, e.Outcome == knot.InvalidFault, e.Method == http.MethodHead:
		return false
	}
	return e.Answer != "" && isWhole(e.Answer, journal.MaxAnswer)
}

// breaksConnection reports whether a caller gets an error in place of an answer.
func breaksConnection(e *journal.Exchange) bool {
	return e.Status == 0 || e.Outcome == string(faults.Truncate)
}

// title returns an outcome as a part of a name.
func title(outcome string) string { return strings.ToUpper(outcome[:1]) + outcome[1:] }

// goText returns a text as Go writes it.
func goText(text string) string {
	if strconv.CanBackquote(text) && isText(text) && strings.ContainsAny(text, `"\`) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}
