package handlers

import (
	"encoding/base64"
	"strings"
	"testing"
)

// What the readers of bodies take for the documented example, in each form.
func BenchmarkDecode(b *testing.B) {
	const documented = `{"type":"card_switcher","external_user_id":"123abc","card_id":"81n9al10a0ayn13","phone_number":"+11234567890",` +
		`"email":"ada.lovelace@gmail.com","card":{"blocked":false,"has_funds":true},"processor_token":"processor-production-0asd1-a92nc"}`
	const form = "type=card_switcher&external_user_id=123abc&card_id=81n9al10a0ayn13&phone_number=%2B11234567890&" +
		"email=ada.lovelace%40gmail.com&card[blocked]=0&card[has_funds]=1&processor_token=processor-production-0asd1-a92nc"
	multipart := ""
	for field := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(field, "=")
		multipart += "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	multipart += "--b--\r\n"
	for _, c := range []struct {
		name, body string
		decode     func(string) error
	}{
		{"JSON", documented, func(body string) error { _, err := decodeJSON(body); return err }},
		{"JSON with escapes", strings.NewReplacer("card_s", `c\u0061rd_s`, "lovelace", `lovel\u0061ce`, "123abc", `123\n\"abc`).Replace(documented), func(body string) error { _, err := decodeJSON(body); return err }},
		{"JSON of a megabyte", `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, func(body string) error { _, err := decodeJSON(body); return err }},
		{"form", form, func(body string) error { decodeURLEncoded(body); return nil }},
		{"multipart", multipart, func(body string) error {
			_, err := decodeMultipart(body, "multipart/form-data; boundary=b")
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := c.decode(c.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What it takes to read a header with credentials, as it should be and as it is read
// all the same.
func BenchmarkReadCredentials(b *testing.B) {
	pair := base64.StdEncoding.EncodeToString([]byte("4e2d51a0-9a2f-4a57-8d5e-2f7d7c1f0c11:a-secret-of-thirty-two-letters-x"))
	for name, header := range map[string]string{"usual": "Basic " + pair, "lenient": "basic " + pair[:20] + "\t" + pair[20:]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c := readCredentials(header); c.problem != "" {
					b.Fatal(c.problem)
				}
			}
		})
	}
}
