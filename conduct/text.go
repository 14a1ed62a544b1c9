package conduct

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The page of text.
const (
	pageWidth   = 100 // columns
	reasonsFrom = 9   // column
)

// Text returns the report as a page for a terminal, 100 columns wide, in ASCII.
func (r Report) Text() string {
	var b strings.Builder
	s := r.Summary
	if r.Dropped > 0 {
		fmt.Fprintf(&b, "%d older requests are no longer kept and were not judged; raise --journal or --journal-size.\n\n", r.Dropped)
	}
	fmt.Fprintf(&b, "Conduct of %s\n%s, %s; %s met a failure, %d recovered, %d gave up\n\n", plain(cmp.Or(r.Client, "all clients"), 80),
		plural(s.Calls, "call"), plural(s.Attempts, "attempt"), plural(s.Failed, "call"), s.Recovered, s.GaveUp)
	for _, f := range r.Rules {
		f.write(&b)
	}
	if len(r.Calls) > 0 {
		b.WriteString("\nCalls with more than one attempt or a failure, newest first. + is since the first attempt began,\n" +
			"gap since the one before had ended, by the longer of real time and the client's clock.\n")
	}
	for _, c := range r.Calls {
		c.write(&b)
	}
	return b.String()
}

func (f Finding) write(b *strings.Builder) {
	fmt.Fprintf(b, "%-*s%-20s%s\n", reasonsFrom, strings.ReplaceAll(string(f.Verdict), "_", " "), f.Rule, f.Title)
	wrap(b, f.Reason)
	if len(f.Requests) > 0 {
		wrap(b, "See "+strings.Join(f.Requests, ", ")+".")
	}
}

// wrap writes a paragraph.
func wrap(b *strings.Builder, text string) {
	column := 0
	for _, word := range strings.Fields(text) {
		if column > 0 && column+1+len(word) > pageWidth {
			b.WriteByte('\n')
			column = 0
		}
		if column == 0 {
			fmt.Fprintf(b, "%*s", reasonsFrom-1, "")
			column = reasonsFrom - 1
		}
		b.WriteString(" " + word)
		column += 1 + len(word)
	}
	b.WriteByte('\n')
}

func (c Call) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%-10s %s  %s  %s\n", c.State, quote(c.ExternalUserID, 33), plain(c.Product, 16), plain(c.Client, 36))
	fmt.Fprintf(b, "%10s began %s", "", c.Began.UTC().Format("2006-01-02 15:04:05.000 MST"))
	if len(c.Broken) > 0 {
		fmt.Fprintf(b, ", breaks %s", strings.Join(c.Broken, ", "))
	}
	b.WriteByte('\n')
	if c.Hidden > 0 {
		writeAttempts(b, c.Attempts[:maxShown-1])
		fmt.Fprintf(b, "  and %s more, until\n", plural(c.Hidden, "attempt"))
		c.Attempts = c.Attempts[maxShown-1:]
	}
	writeAttempts(b, c.Attempts)
}

func writeAttempts(b *strings.Builder, attempts []Attempt) {
	for _, a := range attempts {
		line := fmt.Sprintf("  %-8s +%-9s %-8s %3s %-22s %-22s %s", plain(a.Request, 8), spanMS(a.OffsetMS), a.gap(),
			cmp.Or(strings.TrimPrefix(strconv.Itoa(a.Status), "0"), "-"), plain(a.Outcome, 22), plain(a.cause(), 22), a.session())
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func (a Attempt) gap() string {
	switch {
	case a.Overlaps:
		return "overlaps"
	case a.GapMS == 0 && a.OffsetMS == 0: // the first
		return ""
	}
	return spanMS(a.GapMS)
}

// cause returns what the sandbox did on purpose, without the outcome, which
// stands beside it, and what the caller was asked to wait.
func (a Attempt) cause() string {
	words := []string{a.Rule}
	for word := range strings.FieldsSeq(a.Fault) {
		if word != a.Outcome && !strings.HasPrefix(word, "retry-after=") {
			words = append(words, word)
		}
	}
	if a.RetryAfterSeconds > 0 {
		words = append(words, "retry-after="+spanMS(1000*a.RetryAfterSeconds))
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

func (a Attempt) session() string {
	text := plain(a.Session[:min(len(a.Session), 8)], 8)
	if a.Session != "" && !a.Delivered {
		text += " not given"
	}
	return text
}

func spanMS(ms float64) string { return span(time.Duration(ms * float64(time.Millisecond))) }

// plain prints a text as it is if it can be printed, or else quoted.
func plain(text string, width int) string {
	text = text[:min(len(text), width+1)]
	quoted := strconv.QuoteToASCII(text)
	if quoted == `"`+text+`"` {
		quoted = text
	}
	return shorten(quoted, width)
}

// quote prints a text that the caller sent.
func quote(text string, width int) string {
	return shorten(strconv.QuoteToASCII(text[:min(len(text), width+1)]), width)
}

func shorten(text string, width int) string {
	if len(text) <= width {
		return text
	}
	return text[:width-3] + "..."
}
