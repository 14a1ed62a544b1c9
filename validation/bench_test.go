package validation

import (
	"testing"

	"knotsandbox/knot"
)

// Each rule alone, on the documented example, which breaks none.
func BenchmarkRule(b *testing.B) {
	r := knot.SessionRequest{
		Type: knot.StringValue("card_switcher"), ExternalUserID: knot.StringValue("123abc"), CardID: knot.StringValue("81n9al10a0ayn13"),
		PhoneNumber: knot.StringValue("+11234567890"), Email: knot.StringValue("ada.lovelace@gmail.com"),
		Card: `{"blocked":false,"has_funds":true}`, CardBlocked: "false", CardHasFunds: "true",
		ProcessorToken: knot.StringValue("processor-production-0asd1-a92nc"),
	}
	for _, rule := range sessionRules(knot.PhoneE164) {
		b.Run(rule.field+" "+rule.tag, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !rule.holds(&r) {
					b.Fatal("it does not hold")
				}
			}
		})
	}
}
