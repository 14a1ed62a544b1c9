package validation

import (
	"fmt"
	"strings"
	"testing"
)

// emailCase is one address and the rule of contract section 4 that decides it.
type emailCase struct {
	address string
	want    bool
	rule    int
}

func TestIsEmail(t *testing.T) {
	t.Parallel()
	groups := [][]emailCase{
		tokenCases(), startCases(), localCases(), quoteCases(), localCommentCases(),
		domainCases(), domainCommentCases(), literalCases(), lengthCases(), aceCases(),
	}
	for _, group := range groups {
		for _, c := range group {
			t.Run(fmt.Sprintf("rule %d/%.40q", c.rule, c.address), func(t *testing.T) {
				t.Parallel()
				if got := isEmail(c.address); got != c.want {
					t.Errorf("isEmail(%q) = %t, want %t (contract section 4, rule %d)", c.address, got, c.want, c.rule)
				}
			})
		}
	}
}

func tokenCases() []emailCase {
	return []emailCase{
		{"ada.lovelace@gmail.com", true, 1},
		{"!#$%&*+-/=?^_`{|}~@example.com", true, 1}, // "$" and others are of category S, and punctuation all the same
		{"ada\u2019@gmail.com", true, 1},
		{"e\u0301ve@gmail.com", true, 1},
		{"a\u2028b@x.com", true, 1},
		{"\u00bfa\u00a1@x.com", true, 1},
		{"ada\u00a9@x.com", false, 1},
		{"\U0001f600@gmail.com", false, 1},
		{"ada\u200b@gmail.com", false, 1},
		{"a@b.co\u00ad", false, 1},
		{"a\u0378@x.com", false, 1}, // unassigned
		{"a\ufffe@x.com", false, 1}, // never assigned
		{"a\ue000@x.com", false, 1}, // private use
		{"a\x0bb@x.com", false, 1},
		{"ada\x7f@gmail.com", false, 1},
		{"\"a\x7f\"@x.com", false, 1},
		{"a(\x01)@x.com", false, 1},
		{"a@[\x7f]", false, 1},
		{"a@[x]\u20ac", false, 1}, // ignored by every other rule
		{"a@[x]yz\x7f", false, 1},
		{"a\xff@x.com", false, 1}, // not UTF-8
		{"a@x.com\xc3", false, 1},
	}
}

func startCases() []emailCase {
	return []emailCase{
		{"", false, 2},
		{"@", false, 2},
		{"@x.com", false, 2},
		{"ada", false, 2},
		{"-@x.com", true, 2},
		{" @x.com", true, 2},
	}
}

func localCases() []emailCase {
	return []emailCase{
		{"a.b@x.com", true, 3},
		{".a@x.com", false, 3},
		{"a..b@x.com", false, 3},
		{"a.@x.com", false, 3},
		{"a,b@x.com", false, 3},
		{"a[b@x.com", false, 3},
		{"a]b@x.com", false, 3},
		{"a<b@x.com", false, 3},
		{"a>b@x.com", false, 3},
		{"a:b@x.com", false, 3},
		{"a;b@x.com", false, 3},
		{"a::b@x.com", true, 3},
		{"a:::b@x.com", false, 3},
		{"a::::b@x.com", true, 3},
		{`a\b@x.com`, false, 3},
		{`a\1@x.com`, false, 3},
		{`a\é@x.com`, false, 3},
		{`a\\@x.com`, true, 3},
		{`a\!@x.com`, true, 3},
		{`a\IPv6@x.com`, true, 3}, // the tag is not plain
		{`a\IPv4@x.com`, false, 3},
		{"a\\\u00bf@x.com", true, 3},
		{`a\@@x.com`, false, 3},
		{"a\x00@x.com", true, 3},
		{"a\rb@x.com", false, 3},
		{"a\n@x.com", false, 3},
		{"a\\\n@x.com", false, 3},
		{"a\r\n@x.com", false, 3},
		{"a\r\n @x.com", true, 3},
		{"a\r\n\t@x.com", true, 3},
		{"a\r\n b@x.com", false, 3},
		{"a\n\r @x.com", false, 3},
		{"a b@x.com", false, 3},
		{"a\tb@x.com", false, 3},
		{"a @x.com", true, 3},
		{"a  @x.com", true, 3},
		{"a !@x.com", true, 3},
		{"a IPv6@x.com", true, 3},
		{"a\u00a0b@x.com", true, 3},
		{`a\ b@x.com`, true, 3},
		{`a\  b@x.com`, false, 3},
		{strings.Repeat("a", 70_000) + "@x.com", true, 3},
	}
}

func quoteCases() []emailCase {
	return []emailCase{
		{`"ada"@x.com`, true, 4},
		{`""@x.com`, true, 4},
		{`"a..b@c,"@x.com`, true, 4},
		{`"ada@x.com`, false, 4},
		{`ada"@x.com`, false, 4},
		{`a"b"@x.com`, false, 4},
		{`a."b"@x.com`, true, 4},
		{`a".b"@x.com`, true, 4},
		{`a""@x.com`, true, 4},
		{`"a"b@x.com`, false, 4},
		{`"a".b@x.com`, false, 4},
		{`"a" @x.com`, false, 4},
		{`"a"(c)@x.com`, false, 4},
		{`"a""b"@x.com`, false, 4},
		{`"a\"b"@x.com`, true, 4},
		{`"\""@x.com`, true, 4},
		{`"a\"@x.com`, false, 4},
		{`"a\\"@x.com`, false, 4},
		{`"a\\"b"@x.com`, true, 4},
		{"\"\t\"@x.com", true, 4},
		{"\"\x00a\"@x.com", true, 4},
		{"\"\t\t\"@x.com", false, 4},
		{"\"a\tb\"@x.com", false, 4},
		{"\"a\x00\"@x.com", false, 4},
		{"\"a\r\"@x.com", false, 4},
		{"\"a\n\"@x.com", false, 4},
		{"\"a\r\nb\"@x.com", true, 4},
		{"\"a\\\tb\"@x.com", true, 4},
		{"\"a\\\"\tb\"@x.com", false, 4}, // the backslash is spent on the quote
		{`"a b"@x.com`, true, 4},
	}
}

func localCommentCases() []emailCase {
	return []emailCase{
		{"(c)a@x.com", true, 5},
		{"a(c)@x.com", true, 5},
		{"(c)@x.com", true, 5},
		{"a(b)c,d@x.com", true, 5},
		{"a(b)c,@x.com", false, 5},
		{"a(b).@x.com", false, 5},
		{"a(b)\n@x.com", false, 5},
		{"a(b)c..d@x.com", true, 5},
		{"a(\")@x.com", true, 5},
		{"a((b)c)@x.com", true, 5},
		{"a())(@x.com", true, 5}, // dips below zero and comes back
		{"a(()@x.com", false, 5},
		{"a())@x.com", false, 5},
		{"a(@x.com", false, 5},
		{"a(b@x.com)", false, 5},
		{"a(@)@x.com", false, 5},
		{"a)b@x.com", false, 5},
		{"a(b)", false, 5},
	}
}

func domainCases() []emailCase {
	return []emailCase{
		{"ada@localhost", true, 6},
		{"1@1", true, 6},
		{"a@g--mail.com", true, 6},
		{"a@x.-y.com", true, 6},
		{"a@münchen.de", true, 6},
		{"a@x\u00a0y.com", true, 6},
		{"a@", false, 6},
		{"a@.x.com", false, 6},
		{"a@-x.com", false, 6},
		{"a@@x.com", false, 6},
		{"a@x..com", false, 6},
		{"a@x-.com", false, 6},
		{"a@x.com.", false, 6},
		{"a@x.com-", false, 6},
		{"a@x@y.com", false, 6},
		{"a@x_y.com", false, 6},
		{"a@x y.com", false, 6},
		{"a@ x.com", false, 6},
		{"a@x.com ", false, 6},
		{"a@x\r\n y.com", false, 6},
		{"a@x/y", false, 6},
		{`a@x\y`, false, 6},
		{`a@"x"`, false, 6},
		{"a@1.2.3.4]", false, 6},
		{"a@IPv6.com", false, 6},
		{"a@IPv65.com", false, 6},
		{"a@IPv4.com", true, 6},
		{"a@ipv6.com", true, 6},
		{"a@xIPv6.com", true, 6},
		{"a@x\u00bfy.com", false, 6},
	}
}

func domainCommentCases() []emailCase {
	return []emailCase{
		{"a@x(c).com", true, 7},
		{"a@(c).com", true, 7},
		{"a@x(c)y.com", true, 7},
		{"a@x(c)!y.com", true, 7},
		{"a@x(c)!.com", false, 7},
		{"a@x(@,;).com", true, 7},
		{"a@x((b)c).com", true, 7},
		{"a@x(c.d).com", true, 7},
		{"a@x())(.com", true, 7},
		{"a@x(b).y(c).com", true, 7},
		{"a@x(c)-.com", false, 7},
		{"a@x(c)..com", false, 7},
		{"a@x(c)com", false, 7},
		{"a@x.com(c)", false, 7},
		{"a@x(c.com", false, 7},
		{"a@x(().com", false, 7},
		{"a@x).com", false, 7},
		{"a@x(b).y).com", false, 7},
		{"a@x(c).", false, 7},
	}
}

func literalCases() []emailCase {
	return []emailCase{
		{"a@[1.2.3.4]", true, 8},
		{"a@[IPv6:2001:db8::1]", true, 8},
		{"a@[]", true, 8},
		{"a@x.[y]", true, 8},
		{"a@x-[y]", true, 8},
		{"a@x(c)[.com]", true, 8},
		{"a@[x]anything,<>@(\"", true, 8},
		{"a@[x]]", true, 8},
		{"a@[x][", true, 8},
		{"a@[\n]", true, 8},
		{"a@[\r\n]", true, 8},
		{"a@[ @,;()\"]", true, 8},
		{"a@[x", false, 8},
		{"a@[x\x00]", false, 8},
		{`a@[x\]`, false, 8},
		{"a@[x\r]", false, 8},
		{"a@[[x]", false, 8},
		{"a@[x[y]", false, 8},
		{"a@[x.]", false, 8},
		{"a@[x-]", false, 8},
		{"a@]x[", false, 8},
	}
}

func lengthCases() []emailCase {
	// 252 bytes in legal labels, so that one or two more decide.
	domain := strings.Repeat("abcdefghi.", 25) + "ab"
	return []emailCase{
		{"a@" + domain + "c", true, 9},
		{"a@" + domain + "cd", false, 9},
		{"a@" + domain[:250] + "é", true, 9},
		{"a@" + domain[:250] + "éa", true, 9},
		{"a@" + domain[:250] + "éé", false, 9},
		{"a@[" + strings.Repeat("x", 251) + "]", true, 9},
		{"a@[" + strings.Repeat("x", 252) + "]", false, 9},
		{"a@[" + strings.Repeat("x", 251) + "]" + strings.Repeat("y", 300), true, 9},
		{"a@x(" + strings.Repeat("c", 247) + ").ab", true, 9},
		{"a@x(" + strings.Repeat("c", 248) + ").ab", false, 9},
		{"a@" + strings.Repeat("a", 63), true, 9},
		{"a@" + strings.Repeat("a", 64), false, 9},
		{"a@" + strings.Repeat("a", 63) + ".com", true, 9},
		{"a@" + strings.Repeat("a", 64) + ".com", false, 9},
		{"a@x." + strings.Repeat("a", 62), true, 9},
		{"a@x." + strings.Repeat("a", 63), false, 9},
		{"a@x." + strings.Repeat("1", 62) + ".com", true, 9},
		{"a@x." + strings.Repeat("1", 63) + ".com", false, 9},
		{"a@x(" + strings.Repeat("c", 64) + ").com", true, 9}, // a comment is not part of the label
		{"a@" + strings.Repeat("a", 62) + "(c).com", true, 9},
		{"a@" + strings.Repeat("a", 63) + "(c).com", false, 9}, // but its last token is
		{"a@" + strings.Repeat("a", 64) + "[x]", true, 9},      // no dot ends this label
		{"a@" + strings.Repeat("a", 64) + ".[x]", false, 9},
	}
}

func aceCases() []emailCase {
	return []emailCase{
		{"a@" + strings.Repeat("é", 57) + ".de", true, 9},
		{"a@" + strings.Repeat("é", 58) + ".de", false, 9},
		{"a@x." + strings.Repeat("é", 57), true, 9},
		{"a@x." + strings.Repeat("é", 58), false, 9},
		{"a@" + strings.Repeat("用", 25) + ".de", true, 9},
		{"a@" + strings.Repeat("a", 60) + "ü.de", false, 9},
		{"a@" + strings.Repeat("e\u0301", 57), true, 9}, // composed before it is measured
		{"a@" + strings.Repeat("e\u0301", 58), false, 9},
		{"a@" + strings.Repeat("Ａ", 63), true, 9}, // full-width letters become ASCII
		{"a@" + strings.Repeat("Ａ", 64), false, 9},
		{"a@" + strings.Repeat("a", 63) + "。" + strings.Repeat("b", 63), true, 9}, // an ideographic full stop separates
		{"a@" + strings.Repeat("a", 64) + "．b", false, 9},
		{"a@" + strings.Repeat("ß", 31), true, 9},
		{"a@" + strings.Repeat("ß", 32), false, 9},
		{"a@" + strings.Repeat("a", 70) + "\u2028", false, 9}, // forbidden by IDNA, measured all the same
		{"a@" + strings.Repeat("a", 20) + "\u2028", true, 9},
		{"a@xn--mnchen-3ya.de", true, 9},
	}
}

// TestIsEmailHugeAddress takes no noticeable time when the work is linear, and minutes if it were quadratic: each
// address opens very many things that nothing closes, or closes them at the very end. BenchmarkIsEmail has larger ones;
// here the race detector must bear them.
func TestIsEmailHugeAddress(t *testing.T) {
	t.Parallel()
	const size = 512 << 10
	for _, c := range hugeAddresses(size) {
		if got := isEmail(c.address); got != c.want {
			t.Errorf("isEmail(%.10q… %d bytes) = %t, want %t (contract section 4, rule %d)",
				c.address, len(c.address), got, c.want, c.rule)
		}
	}
}

func hugeAddresses(size int) []emailCase {
	return []emailCase{
		{strings.Repeat("a", size) + "@x.com", true, 3},
		{strings.Repeat("é", size/2) + "@x.com", true, 3},
		{strings.Repeat(`"`, size) + "@x.com", false, 4},
		{`"` + strings.Repeat(`\"`, size/2) + `"@x.com`, true, 4},
		{strings.Repeat("(", size) + "@x.com", false, 5},
		{strings.Repeat("(", size/2) + strings.Repeat(")", size/2) + "@x.com", true, 5},
		{"a@" + strings.Repeat("a", size), false, 9},
		{"a@" + strings.Repeat("(c)", size/3) + ".com", false, 9},
		{"a@" + strings.Repeat("[", size), false, 8},
		{"a@[" + strings.Repeat("x", size), false, 8},
		{"a@[x]" + strings.Repeat("[", size), true, 8},
	}
}

func TestIsEmailDoesNotAllocate(t *testing.T) {
	addresses := []string{"ada.lovelace@gmail.com", `"a b"@x(c).com`, "é@[x]y", strings.Repeat("a", 1000) + "@x.y"}
	for _, address := range addresses {
		if got := testing.AllocsPerRun(100, func() { isEmail(address) }); got != 0 {
			t.Errorf("isEmail(%.20q) allocates %v times, want 0", address, got)
		}
	}
}

func BenchmarkIsEmail(b *testing.B) {
	for _, bench := range []struct{ name, address string }{
		{"common", "ada.lovelace@gmail.com"},
		{"idn", "ada@münchen.de"},
		{"long", strings.Repeat("ada.", 64) + "lovelace@" + strings.Repeat("abcdefghi.", 25) + "com"},
		{"huge words", strings.Repeat("a", 8<<20) + "@x.com"},
		{"huge non-ASCII", strings.Repeat("é", 4<<20) + "@x.com"},
		{"huge quotes", `"` + strings.Repeat(`\"`, 4<<20) + `"@x.com`},
		{"huge parentheses", strings.Repeat("(", 4<<20) + strings.Repeat(")", 4<<20) + "@x.com"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.address)))
			b.ReportAllocs()
			for b.Loop() {
				isEmail(bench.address)
			}
		})
	}
}

// FuzzIsEmail looks for panics and endless loops, and checks three things that follow from the rules: an accepted
// address has an "@" that is not its first character; what stands behind the first "]" of a literal matters to rule 1
// only; and a local part, which has no length limit, may always be longer by a plain word and a sign in front.
func FuzzIsEmail(f *testing.F) {
	f.Add("ada.lovelace@gmail.com", "anything,<>")
	f.Add(`a."b\"c"@x(d)y.com`, "\u20ac")
	f.Add("(a())b,c@[IPv6:2001:db8::1]", "][\r")
	f.Add("e\u0301\r\n @x.。ß", "\xff")
	f.Add("a@"+strings.Repeat("é", 58), "\x00")
	f.Fuzz(func(t *testing.T, address, tail string) {
		accepted := isEmail(address)
		if accepted && !strings.Contains(address[1:], "@") {
			t.Errorf("isEmail(%q) = true without an @ behind the first character", address)
		}
		literal := "a@[" + address + "]"
		if got, want := isEmail(literal+tail), isEmail(literal) && isEmail("a@[]"+tail); got != want {
			t.Errorf("isEmail(%q) = %t, want %t whatever follows the literal", literal+tail, got, want)
		}
		if accepted && !isEmail("x!"+address) {
			t.Errorf("isEmail(%q) = false, want true: the part without x! is accepted", "x!"+address)
		}
	})
}
