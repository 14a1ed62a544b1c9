package handlers

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"knotsandbox/knot"
)

// surrogate is an escape that may be half of a pair, which the standard decoder
// repairs and ours refuses.
var surrogate = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// What our reader accepts, the standard one accepts with the same values. The
// reverse is true but for what the contract refuses on purpose: bytes that are not
// UTF-8, halves of surrogate pairs, and too much depth.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"type":"link"}`, `{"card":{"blocked":1,"has_funds":"0"}}`, `{"type":"\ud83d\ude00"}`, `{"a":[1,2.5e3,{}]}`, "{\"\xff\":1}",
		`{"type":"a","type":null}`, `{"card":{"blocked":1},"card":{}}`, `{"card":{"card":{"blocked":1}}}`, "\ufeff{}", "{\"email\":\"\u200ba\u00a0\"}",
		`{"external_user_id":123456789012345678901234567890e-5,"Type":"x"}`, `{"t\u0079pe":"x\/"}`, "{\"type\":\"a\x1fb\"}", `{"card_id":0,"email":-0.0}`, `{"card_id":01}`, `{"a":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := decodeJSON(body)
		var want map[string]any
		standard := json.NewDecoder(strings.NewReader(body))
		standard.UseNumber()
		isObject := json.Valid([]byte(body)) && standard.Decode(&want) == nil && want != nil
		isRefused := !utf8.ValidString(body) || surrogate.MatchString(body) || strings.Count(body, "[")+strings.Count(body, "{") > maxDepth
		switch {
		case err != nil && (isRefused || !isObject):
			if got != (fields{}) {
				t.Errorf("decodeJSON(%q) = %v with the error %v", body, got, err)
			}
		case err != nil:
			t.Errorf("decodeJSON(%q): %v, the standard decoder takes it", body, err)
		case !isObject && strings.Count(body, "[")+strings.Count(body, "{") < 10_000:
			t.Errorf("decodeJSON(%q) succeeds, the standard decoder fails", body)
		default:
			compareJSON(t, body, &got, want)
		}
	})
}

// compareJSON compares the fields of a body with what the standard decoder found.
func compareJSON(t *testing.T, body string, got *fields, want map[string]any) {
	t.Helper()
	compare := func(name string, got knot.Value, value any) {
		want := valueOf(value)
		isSame := got == want || got.IsArray() && want.IsArray() && got != knot.EmptyArray && want != knot.EmptyArray
		if !isSame {
			t.Errorf("decodeJSON(%q): %s = %q, want %q", body, name, got, want)
		}
	}
	for i, name := range fieldNames {
		if name != "" {
			compare(name, got.value[i], want[name])
		}
	}
	card, _ := want["card"].(map[string]any)
	compare("card.blocked", got.value[fieldCardBlocked], card["blocked"])
	compare("card.has_funds", got.value[fieldCardHasFunds], card["has_funds"])
}

// valueOf returns what the standard decoder found as a value of ours; of arrays only
// whether they are empty.
func valueOf(v any) knot.Value {
	switch v := v.(type) {
	case string:
		return knot.StringValue(trim(v))
	case json.Number:
		return knot.Value(v)
	case bool:
		return map[bool]knot.Value{true: "true", false: "false"}[v]
	case []any:
		if len(v) == 0 {
			return knot.EmptyArray
		}
		return "[…]"
	case map[string]any:
		if len(v) == 0 {
			return knot.EmptyArray
		}
		return "{…}"
	}
	return knot.Null
}

// No form whatever gives a text that is not trimmed, or a value of a kind that forms
// do not have.
func FuzzForms(f *testing.F) {
	const part = "--x\r\nContent-Disposition: form-data; name="
	f.Add("type=link&card[blocked]=1", "multipart/form-data; boundary=x")
	f.Add(part+"\"type\"\r\n\r\nlink\r\n--x--\r\n", "multipart/form-data; boundary=x")
	f.Add("a[b][c]=%zz&+=", `multipart/form-data; boundary="`)
	f.Add(part+"'card[has_funds]'; filename=\"\\\"\"\n\n\n--x\nfolded\n :\n\n--x", `multipart/form-data; BOUNDARY="x",y`)
	f.Add("card=1&card[blocked][]=0&card[=2&.type=x&type\x00y=z&card"+strings.Repeat("[a]", 70)+"=1", "multipart/form-data; boundary=")
	f.Add(strings.Repeat("&", 1001)+"type=link", "multipart/form-data; boundary==")
	f.Fuzz(func(t *testing.T, body, contentType string) {
		for _, got := range []fields{decodeURLEncoded(body), decodeQuery(body), first(decodeMultipart(body, contentType))} {
			for i, v := range got.value {
				if v.IsString() && utf8.ValidString(string(v)) && v.Text() != trim(v.Text()) {
					t.Errorf("field %d of %q is not trimmed: %q", i, body, v)
				}
				if !v.IsString() && v != knot.Null && v != knot.File && v != `["form"]` {
					t.Errorf("field %d of %q is %q, which no form can say", i, body, v)
				}
			}
			if got.value[fieldCardBlocked] != knot.Null && !got.value[fieldCard].IsArray() {
				t.Errorf("%q: card is %q, and yet it has members", body, got.value[fieldCard])
			}
		}
	})
}

// What the standard library writes as a query or a form of either sort is read again
// as it was, but for white space at its ends.
func FuzzFormRoundTrip(f *testing.F) {
	f.Add("link", "123abc", "1")
	f.Add("a=b&c", "%zz+\x00", "\xff")
	f.Add("\r\n--x\r\n", `"\"`, " é\u00a0")
	f.Add("--", "a;b,'c", "[x]")
	f.Fuzz(func(t *testing.T, product, user, blocked string) {
		texts := map[string]string{"type": product, "external_user_id": user, "card[blocked]": blocked}
		values := url.Values{}
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, text := range texts {
			values.Set(name, text)
			if err := w.WriteField(name, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		form, err := decodeMultipart(body.String(), w.FormDataContentType())
		if err != nil {
			t.Fatalf("decodeMultipart(%q): %v", body.String(), err)
		}
		for reader, got := range map[string]fields{
			"query": decodeQuery(values.Encode()), "URL-encoded": decodeURLEncoded(values.Encode()), "multipart": form,
		} {
			for field, text := range map[field]string{fieldType: product, fieldExternalUserID: user, fieldCardBlocked: blocked} {
				if want := knot.StringValue(trim(text)); got.value[field] != want {
					t.Errorf("%s: field %d = %q, want %q", reader, field, got.value[field], want)
				}
			}
		}
	})
}

// What the standard reader makes of a header, ours makes of it, too; and a pair comes
// back as it was sent.
func FuzzReadCredentials(f *testing.F) {
	for _, seed := range []string{"Basic YTpi", "Basic Y!T", "basic =", "B", "Basic \xff", "BASIC  YTpiOmM=", "Basic YQBiOmM=", "Bearer YTpi"} {
		f.Add(seed, "id", "secret:\xff")
	}
	f.Fuzz(func(t *testing.T, header, id, secret string) {
		got := readCredentials(header)
		if got.problem == "" && strings.ContainsAny(got.id, ":\x00") || strings.Contains(got.secret, "\x00") {
			t.Errorf("readCredentials(%q) = %+v, want an id without colon and NUL, a secret without NUL", header, got)
		}
		if got.problem != "" && got.id+got.secret != "" {
			t.Errorf("readCredentials(%q) = %+v, want a pair or a problem", header, got)
		}
		r := http.Request{Header: http.Header{"Authorization": {header}}}
		if id, secret, ok := r.BasicAuth(); ok && !strings.Contains(id+secret, "\x00") {
			if want := (credentials{id: id, secret: secret}); got != want {
				t.Errorf("readCredentials(%q) = %+v, the standard reader says %+v", header, got, want)
			}
		}
		if strings.ContainsAny(id, ":\x00") || strings.Contains(secret, "\x00") {
			return
		}
		pair, want := base64.StdEncoding.EncodeToString([]byte(id+":"+secret)), credentials{id: id, secret: secret}
		for _, header := range []string{"Basic " + pair, "bAsIc  " + strings.TrimRight(pair, "=") + " "} {
			if got := readCredentials(header); got != want {
				t.Errorf("readCredentials(%q) = %+v, want %+v", header, got, want)
			}
		}
	})
}
