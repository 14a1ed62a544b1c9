package journal_test

import (
	"net/http"
	"strings"
	"testing"

	"knotsandbox/journal"
)

func TestMaskedBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body, want string }{
		{"nothing to hide", `{"type":"link","card":{"blocked":false}}`, `{"type":"link","card":{"blocked":false}}`},
		{"token", `{"processor_token":"hush","type":"link"}`, `{"processor_token":"***","type":"link"}`},
		{"spaces", "{ \"processor_token\" :\n\t\"hush\" }", "{ \"processor_token\" :\n\t\"***\" }"},
		{"escaped name", `{"processor\u005ftoken":"hush"}`, `{"processor\u005ftoken":"***"}`},
		{"escaped quote", `{"secret":"hu\"sh","type":"link"}`, `{"secret":"***","type":"link"}`},
		{"twice", `{"secret":"hush","secret":"hush"}`, `{"secret":"***","secret":"***"}`},
		{"other types stay", `{"secret":5,"password":true,"token":null,"type":"link"}`, `{"secret":5,"password":true,"token":null,"type":"link"}`},
		{"deeper", `{"secret":["hush",{"a":"hush"}],"type":"link"}`, `{"secret":["***",{"a":"***"}],"type":"link"}`},
		{"inside", `{"a":{"client_secret":"hush"},"b":["c"]}`, `{"a":{"client_secret":"***"},"b":["c"]}`},
		{"any case", `{"Processor_Token":"hush"}`, `{"Processor_Token":"***"}`},
		{"cut off", `{"secret":"hus`, `{"secret":"***"`},
		{"value like a name", `{"a":"secret","b":"c"}`, `{"a":"secret","b":"c"}`},
		{"array", `[{"token":"hush"}]`, `[{"token":"***"}]`},
		{"JSON behind something", "\ufeff" + `{"token":"hush"}`, "\ufeff" + `{"token":"***"}`},
		{"form", "type=link&processor_token=hush&email=a", "type=link&processor_token=***&email=a"},
		{"form, encoded", "processor%5Ftoken=hush", "processor%5Ftoken=***"},
		{"form, empty", "processor_token=&a=b", "processor_token=&a=b"},
		{"form, bad escape", "%zztoken=hush", "%zztoken=***"},
		{"multipart", "--x\r\nContent-Disposition: form-data; name=\"processor_token\"\r\n\r\nhush\r\n--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nlink\r\n--x--\r\n",
			"--x\r\nContent-Disposition: form-data; name=\"processor_token\"\r\n\r\n***\r\n--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nlink\r\n--x--\r\n"},
		{"JSON twice", `"{\"processor_token\":\"hush\",\"type\":\"link\"}"`, `"{\"processor_token\":\"***\",\"type\":\"link\"}"`},
		{"JSON in a field", `{"payload":"{\"secret\": \"hush\"}","type":"link"}`, `{"payload":"{\"secret\": \"***\"}","type":"link"}`},
		{"single quotes", `{'processor_token': 'hush', 'type': 'link'}`, `{'processor_token': '***', 'type': 'link'}`},
		{"names without quotes", `{processor_token: "hush", type: "link"}`, `{processor_token: "***", type: "link"}`},
		{"YAML", "type: link\nprocessor_token: hush\nemail: a", "type: link\nprocessor_token: ***\nemail: a"},
		{"XML", "<a><processor_token>hush</processor_token><type>link</type></a>", "<a><processor_token>***</processor_token><type>link</type></a>"},
		{"fields in lines", "type=link\nprocessor_token=hush;email=a", "type=link\nprocessor_token=***;email=a"},
		{"card[token]", "card[token]=hush&type=link", "card[token]=***&type=link"},
		{"multipart behind a line", "\r\n--x\r\nContent-Disposition: form-data; name=\"secret\"\r\n\r\nhu\n--sh\r\n--x--\r\n",
			"\r\n--x\r\nContent-Disposition: form-data; name=\"secret\"\r\n\r\n***\r\n--x--\r\n"},
		{"a form of numbers", "token=5&type=link", "token=***&type=link"},
		{"short word for it", "pWd:0", "pWd:***"},
		{"prose", "the token is not here", "the token is not here"},
		{"only quotes", `"""`, `"""`},
		{"backslash at the end", `{"secret":"\`, `{"secret":"***"`},
	} {
		got := journal.New(journal.Config{}).Record(exchange(1, "a", func(e *journal.Exchange) { e.Body = c.body }), nil).Exchange()
		if got.Body != c.want {
			t.Errorf("%s: %q is kept as %q, want %q", c.name, c.body, got.Body, c.want)
		}
	}
}

func TestMaskedPathAndHeader(t *testing.T) {
	t.Parallel()
	e := exchange(1, "a", func(e *journal.Exchange) {
		e.Path = "/processor_token=hush/session/create?type=link&processor_token=hush&x"
	})
	got := journal.New(journal.Config{}).Record(e, http.Header{
		"Authorization": {"Basic aHVzaA==", "hush", "Bearer hush"}, "Cookie": {"hush"}, "X-Sandbox-Token": {"hush"}, "X-Api-Key": {"hush"},
		"Proxy-Authorization": {"basic hush"}, "Accept": {"*/*", "text/html"}, "X-Split": {"a\r\nX-Evil: b"},
	}).Exchange()
	if want := "/processor_token=***?type=link&processor_token=***&x"; got.Path != want {
		t.Errorf("path = %q, want %q", got.Path, want)
	}
	for name, want := range map[string]string{
		"Authorization": "Basic ***|***|Bearer ***", "Cookie": "***", "X-Sandbox-Token": "***", "X-Api-Key": "***",
		"Proxy-Authorization": "Basic ***", "Accept": "*/*|text/html", "X-Split": "a  X-Evil: b", "X-Evil": "",
	} {
		if got := strings.Join(got.Header()[name], "|"); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// Texts that are known to be secrets are masked wherever they stand, but for the
// client's own name.
func TestMaskedValues(t *testing.T) {
	t.Parallel()
	e := exchange(1, "sandbox", func(e *journal.Exchange) {
		e.Path, e.Body, e.ExternalUserID, e.Hint = "/hush-hush", `{"note":"hush-hush sandbox"}`, "hush-hush", "type is the string `hush-hush`"
		e.Answer = `{"message":"The route hush-hush could not be found."}`
	})
	got := journal.New(journal.Config{}).Record(e, http.Header{"X-Note": {"hush-hush"}}, "hush-hush", "sandbox", "u", "").Exchange()
	want := "/*** " + `{"note":"*** sandbox"}` + " *** type is the string `***` *** " + `{"message":"The route *** could not be found."}`
	if text := got.Path + " " + got.Body + " " + got.ExternalUserID + " " + got.Hint + " " + got.Header().Get("X-Note") + " " + got.Answer; text != want {
		t.Errorf("kept: %s, want %s", text, want)
	}
}

// Masks may make a body longer than is kept; a further secret does not cut it off then.
func TestMaskedBodyStaysWhole(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("pwd=a&", 1300) + "note=hush-hush"
	e := exchange(1, "a", func(e *journal.Exchange) { e.Body, e.BodySize = body, len(body) })
	got := journal.New(journal.Config{}).Record(e, nil, "hush-hush").Exchange()
	if want := strings.Repeat("pwd=***&", 1300) + "note=***"; got.Body != want || !got.BodyIsWhole() {
		t.Errorf("%d bytes are kept, whole %t; want %d and whole", len(got.Body), got.BodyIsWhole(), len(want))
	}
}

// No body whatever brings a secret to light that it names, and masking leaves
// the rest as it is.
func FuzzMask(f *testing.F) {
	for _, seed := range []string{`{"a":"b"}`, `a=b&c`, "--x\r\n\r\n\n--", `[[["`, `{"\`, `{"a":{`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > journal.MaxBody/2 {
			return
		}
		j := journal.New(journal.Config{})
		record := func(body string) string {
			return j.Record(exchange(1, "a", func(e *journal.Exchange) { e.Body = body }), nil).Exchange().Body
		}
		lower := strings.ToLower(body)
		mayName := strings.ContainsAny(body, `\%+`)
		for _, word := range []string{"token", "secret", "credential", "pass", "pwd", "private", "auth", "api", "access"} {
			mayName = mayName || strings.Contains(lower, word)
		}
		if !mayName {
			if got := record(body); got != body {
				t.Errorf("%q is kept as %q, although it names no secret", body, got)
			}
		}
		if got := record(`{"secret":"hush-hush",` + body); strings.Contains(got, "hush-hush") {
			t.Errorf("kept: %q", got)
		}
	})
}
