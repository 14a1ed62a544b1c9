package handlers

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"knotsandbox/knot"
)

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]map[field]knot.Value{
		`{}`: {},
		` { "type" : "link" , "external_user_id" : 1.0 } `: {fieldType: `"link`, fieldExternalUserID: "1.0"},
		`{"type":null,"email":"","card_id":" "}`:           {},
		`{"type":"\u00a0link\u200b"}`:                      {fieldType: `"link`},
		`{"type":"l\u0069nk","\u0065mail":"\ud83d\ude00"}`: {fieldType: `"link`, fieldEmail: `"😀`},
		`{"type":"a","type":"b"}`:                          {fieldType: `"b`},
		`{"card":{"blocked":true,"has_funds":0,"x":[]}}`:   {fieldCard: `{"blocked":true,"has_funds":0,"x":[]}`, fieldCardBlocked: "true", fieldCardHasFunds: "0"},
		`{"card":{"blocked":1},"card":{"has_funds":1}}`:    {fieldCard: `{"has_funds":1}`, fieldCardHasFunds: "1"},
		`{"card":{"blocked":1},"card":[{"blocked":1}]}`:    {fieldCard: `[{"blocked":1}]`},
		`{"card":{"blocked":1},"card":5}`:                  {fieldCard: "5"},
		`{"card":{"card":{"blocked":1}}}`:                  {fieldCard: `{"card":{"blocked":1}}`},
		`{"x":{"card":{"blocked":1}}}`:                     {},
		`{"card":{ },"card_id":[ ]}`:                       {fieldCard: "[]", fieldCardID: "[]"},
		`{"card_id":[[]]}`:                                 {fieldCardID: "[[]]"},
		`{"card_id":-0.5e+3,"email":false}`:                {fieldCardID: "-0.5e+3", fieldEmail: "false"},
	} {
		got, err := decodeJSON(body)
		if err != nil {
			t.Errorf("decodeJSON(%s): %v", body, err)
		}
		for i := range fieldCount {
			if got.value[i] != want[i] {
				t.Errorf("decodeJSON(%s)[%d] = %q, want %q", body, i, got.value[i], want[i])
			}
		}
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	if _, err := decodeJSON(deep(510)); err != nil {
		t.Errorf("511 levels: %v, want nil", err)
	}
	for body, want := range map[string]string{
		"":                   "the body is empty at byte 0",
		"  ":                 "the body is empty at byte 2",
		"\ufeff{}":           "expected an object, found '\\ufeff' at byte 0",
		`"x"`:                `expected an object, found '"' at byte 0`,
		"{} {}":              "expected the end, found '{' at byte 3",
		`{"a"}`:              "expected ':', found '}' at byte 4",
		`{"a":1,}`:           "expected a key in double quotes, found '}' at byte 7",
		`{'a':1}`:            `expected a key in double quotes, found '\'' at byte 1`,
		`{"a":1`:             "expected ',' or '}', found the end of the body at byte 6",
		`{"a":[1 2]}`:        "expected ',' or ']', found '2' at byte 8",
		`{"a":TRUE}`:         "expected a value, found 'T' at byte 5",
		`{"a":01}`:           "expected ',' or '}', found '1' at byte 6",
		`{"a":-}`:            "expected a digit, found '}' at byte 6",
		`{"a":1.}`:           "expected a digit, found '}' at byte 7",
		`{"a":1e}`:           "expected a digit, found '}' at byte 7",
		`{"a":"\x"}`:         "not an escape sequence at byte 6",
		`{"a":"\u12"}`:       "not an escape sequence at byte 6",
		`{"a":"\ud800"}`:     "half of a surrogate pair at byte 6",
		`{"a":"\udc00"}`:     "half of a surrogate pair at byte 6",
		`{"a":"\ud800\n"}`:   "half of a surrogate pair at byte 6",
		"{\"a\":\"\n\"}":     `a control character inside a string has to be escaped: '\n' at byte 6`,
		"{\"a\":\"\\n\n\"}":  `a control character inside a string has to be escaped: '\n' at byte 8`,
		`{"a":"b`:            "a string without closing quote at byte 7",
		`{"a":"b\`:           "not an escape sequence at byte 7",
		"{\"\xff\":1}":       "not UTF-8 at byte 2",
		"{\"\ufffd\xc0\":1}": "not UTF-8 at byte 5",
		deep(511):            "more than 511 arrays and objects inside each other at byte 515",
	} {
		got, err := decodeJSON(body)
		if err == nil || err.Error() != want {
			t.Errorf("decodeJSON(%.40q): %v, want %s", body, err, want)
		}
		if got != (fields{}) {
			t.Errorf("decodeJSON(%.40q) = %v with an error, want nothing", body, got)
		}
	}
}

func TestFormNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"":             nil,
		"a":            {"a"},
		" a":           {"a"},
		"a b.c":        {"a_b_c"},
		"a\x00b":       {"a"},
		"a[b]":         {"a", "b"},
		"a[b][c]":      {"a", "b", "c"},
		"a[]":          {"a", ""},
		"a[b]x":        {"a", "b"},
		"a[b]x[c]":     {"a", "b"},
		"a[b":          {"a_b"},
		"a.x[b.c]":     {"a_x", "b.c"},
		"[b]":          nil,
		"a[[b]]":       {"a", "[b"},
		"a[b][c":       {"a", "b"},
		"card[ block]": {"card", " block"},
	} {
		if got := variablePath(name); !reflect.DeepEqual(got, want) {
			t.Errorf("variablePath(%q) = %q, want %q", name, got, want)
		}
	}
}

func first(f fields, _ error) fields { return f }

func TestReadCredentials(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]credentials{
		"Basic YTpi":        {id: "a", secret: "b"},
		"bAsIc   YTpi":      {id: "a", secret: "b"},
		"Basic YTpi==":      {id: "a", secret: "b"},
		"Basic Y!T-p_i":     {id: "a", secret: "b"},
		"Basic YTpi\x00é":   {id: "a", secret: "b"},
		"Basic Og==":        {},
		"Basic Og":          {},
		"Basic YTpiOmM=":    {id: "a", secret: "b:c"},
		"Basic YTpiAGM=":    {id: "a", secret: "b"},
		"Basic YQBiOmM=":    {problem: "the client_id holds a NUL"},
		"Basic":             {problem: "the Authorization header is not of the Basic scheme"},
		"Basic YWI=":        {problem: "the Basic credentials hold no colon between client_id and secret"},
		"Basic ":            {problem: "the Basic credentials hold no colon between client_id and secret"},
		"Bearer YTpi":       {problem: "the Authorization header is not of the Basic scheme"},
		"":                  {problem: "no Authorization header was sent"},
		"Negotiate abc def": {problem: "the Authorization header is not of the Basic scheme"},
	} {
		if got := readCredentials(header); got != want {
			t.Errorf("readCredentials(%q) = %+v, want %+v", header, got, want)
		}
	}
}

func TestTrim(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "",
		"a":                               "a",
		" a b ":                           "a b",
		"\t\n\v\f\r a\u0085\u00a0":        "a",
		"\ufeff\u200b\u180ea\u3000\u2028": "a",
		"\u2060a\x00":                     "\u2060a\x00",
		" \xff\x00 ":                      "\xff",
		"\u00a0\xff":                      "\u00a0\xff",
	} {
		if got := trim(text); got != want {
			t.Errorf("trim(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestBestType(t *testing.T) {
	t.Parallel()
	const json, html = "application/json", "text/html"
	for header, want := range map[string]string{
		"":                                 "",
		" , ":                              "",
		json:                               json,
		"application/json;Q=0.1,text/html": html,
		"application/json, text/html, application/json":          html,
		`application/json;q="0.9", text/html;q=0.5`:              json,
		"text/html;q=0.1;q=0.9, application/json;q=0.5":          html,
		"application/json;q=, text/html":                         json,
		`"text/html, application/json"`:                          "text/html, application/json",
		"application/json;q=0.5abc, text/html;q=0.1":             json,
		"text/html;q=inf, application/json;q=0.1":                json,
		"text/html;q=nan, application/json;q=0.1":                json,
		"a=application/json":                                     "a",
		"text/html;q=" + strings.Repeat("1", 1000) + ", " + json: html,
		"text/html;q=-1, application/json;q=-2":                  html,
		"text/html;level=\"1;q=0\";q=0.2,application/json;q=0.1": html,
	} {
		if got := bestType(header); got != want {
			t.Errorf("bestType(%.80q) = %q, want %q", header, got, want)
		}
	}
}

func TestWantsJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept, requestedWith, pjax string
		want                        bool
	}{
		{"", "XMLHttpRequest", "", true},
		{"*/*", "XMLHttpRequest", "0", true},
		{"*/*", "XMLHttpRequest", "1", false},
		{"*/*", "", "", false},
		{"application/vnd.x+JSON", "", "", true},
	} {
		h := http.Header{"Accept": {c.accept}, "X-Requested-With": {c.requestedWith}, "X-Pjax": {c.pjax}}
		if got := wantsJSON(h); got != c.want {
			t.Errorf("wantsJSON(%+v) = %v, want %v", c, got, c.want)
		}
	}
}

// form returns a multipart body of one part after type=link, with CRLF.
func multipartBody(headers, content string) string {
	return strings.ReplaceAll("--B\nContent-Disposition: form-data; name=type\n\nlink\n--B\n"+headers+"\n\n"+content+"\n--B--\n", "\n", "\r\n")
}

func TestDecodeMultipart(t *testing.T) {
	t.Parallel()
	const plain, disposition = "multipart/form-data; boundary=B", "Content-Disposition: form-data; name="
	whole := multipartBody(disposition+`"email"`, "e")
	for _, c := range []struct {
		name, body, contentType string
		want                    knot.Value // of email
		ok                      bool
	}{
		{"as usual", whole, plain, `"e`, true},
		{"unquoted name ends at a blank", multipartBody(disposition+"email x", "e"), plain, `"e`, true},
		{"text behind the quote", multipartBody(disposition+`"email"x`, "e"), plain, `"e`, true},
		{"single quotes", multipartBody(disposition+"'email'", "e"), plain, `"e`, true},
		{"semicolon in quotes", multipartBody(disposition+`"email;x"`, "e"), plain, "", true},
		{"quotes in quotes", multipartBody(disposition+`"'email'"`, "e"), plain, "", true},
		{"escaped quote", multipartBody(disposition+`"e\"mail"`, "e"), plain, "", true},
		{"blank before the sign", multipartBody(`Content-Disposition: form-data; name = "email"`, "e"), plain, "", true},
		{"line that is no header", multipartBody("nonsense\n"+disposition+"email", "e"), plain, `"e`, true},
		{"folded header", multipartBody("Content-Disposition: form-data;\n name=email", "e"), plain, `"e`, true},
		{"header in capitals", multipartBody("CONTENT-DISPOSITION: form-data; NAME=email", "e"), plain, `"e`, true},
		{"file", multipartBody(disposition+"email; filename=f", "e"), plain, knot.File, true},
		{"file without a name", multipartBody(disposition+`email; filename=""`, "e"), plain, "", true},
		{"LF alone", strings.ReplaceAll(whole, "\r", ""), plain, `"e`, true},
		{"mixed line ends", strings.Replace(whole, "\r", "", 3), plain, `"e`, true},
		{"longer delimiter inside", multipartBody(disposition+"email", "e\n--Bx\nf"), plain, `"e`, true},
		{"blank behind the first delimiter", strings.Replace(whole, "--B", "--B ", 1), plain, `"e`, true},
		{"no end", strings.TrimSuffix(whole, "--B--\r\n"), plain, `"e`, true},
		{"quoted boundary", whole, `multipart/form-data; boundary="B"; charset=x`, `"e`, true},
		{"blank before the boundary's sign", whole, "multipart/form-data; BOUNDARY =B,x", `"e`, true},
		{"blank behind the boundary's sign", whole, "multipart/form-data; boundary= B", "", false},
		{"unclosed boundary", whole, `multipart/form-data; boundary="B`, "", false},
		{"no boundary", whole, "multipart/form-data", "", false},
		{"no part", "x", plain, "", false},
	} {
		got, err := decodeMultipart(c.body, c.contentType)
		if got.value[fieldEmail] != c.want || c.ok != (err == nil) {
			t.Errorf("%s: email = %q, %v, want %q, ok %v", c.name, got.value[fieldEmail], err, c.want, c.ok)
		}
	}
}

// Each sort of form has its own limit of variables.
func TestFormLimits(t *testing.T) {
	t.Parallel()
	parts := func(n int) string {
		return strings.Repeat("--B\nContent-Disposition: form-data; name=x\n\n\n", n) + "--B\nContent-Disposition: form-data; name=type\n\nlink\n--B--\n"
	}
	seen := func(f fields) bool { return f.value[fieldType] == `"link` }
	multipart := func(body string) fields { return first(decodeMultipart(body, "multipart/form-data; boundary=B")) }
	for name, got := range map[string][2]bool{
		"query":                 {seen(decodeQuery(strings.Repeat("x&", 999) + "type=link")), seen(decodeQuery(strings.Repeat("x&", 1000) + "type=link"))},
		"query, empty pairs":    {seen(decodeQuery(strings.Repeat("&", 2000) + "type=link")), false},
		"URL-encoded":           {seen(decodeURLEncoded(strings.Repeat("x&", 1000) + "type=link")), seen(decodeURLEncoded(strings.Repeat("x&", 1001) + "type=link"))},
		"URL-encoded, empty":    {seen(decodeURLEncoded(strings.Repeat("&", 1000) + "type=link")), seen(decodeURLEncoded(strings.Repeat("&", 1001) + "type=link"))},
		"multipart":             {seen(multipart(parts(999))), seen(multipart(parts(1000)))},
		"multipart, many files": {seen(multipart(strings.ReplaceAll(parts(1000), "name=x", "name=x; filename=f"))), false},
	} {
		if got != [2]bool{true, false} {
			t.Errorf("%s: within the limit %v, beyond it %v, want true, false", name, got[0], got[1])
		}
	}
}
