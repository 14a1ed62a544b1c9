package handlers

import (
	"math"
	"net/http"
	"strconv"
	"strings"
)

// wantsJSON reports whether an answer of the framework, such as a 404, is JSON
// rather than a page: if the best accepted type is JSON, or for the requests
// of a script that takes anything (derived).
func wantsJSON(h http.Header) bool {
	best := bestType(h.Get("Accept"))
	pjax := h.Get("X-PJAX")
	isScript := h.Get("X-Requested-With") == "XMLHttpRequest" && (pjax == "" || pjax == "0")
	if isScript && (best == "" || best == "*/*" || best == "*") {
		return true
	}
	return isJSONType(strings.ToLower(best))
}

// isJSONType reports whether a media type is JSON by the real server's rule of
// thumb, which looks for two pieces of text in any place (derived).
func isJSONType(mediaType string) bool {
	return strings.Contains(mediaType, "/json") || strings.Contains(mediaType, "+json")
}

// bestType returns the media type of the highest quality in an Accept header,
// of equally good ones the first, or "". A type that is named again counts where
// and as it is named last (derived).
func bestType(header string) string {
	type entry struct {
		quality float64
		index   int
	}
	entries := map[string]entry{}
	index := 0
	for rest := header; rest != ""; index++ {
		var item string
		item, rest = cutOutsideQuotes(rest, ',')
		mediaType, parameters := cutOutsideQuotes(item, ';')
		mediaType, _ = cutOutsideQuotes(mediaType, '=')
		if mediaType = withoutQuotes(mediaType); mediaType != "" {
			entries[mediaType] = entry{qualityOf(parameters), index}
		}
	}
	best, found := "", entry{quality: math.Inf(-1)}
	for mediaType, e := range entries {
		if e.quality > found.quality || e.quality == found.quality && e.index < found.index {
			best, found = mediaType, e
		}
	}
	return best
}

// qualityOf returns the last q parameter: 1 without one or without a value, and
// of a text the number it begins with, or 0 (derived).
func qualityOf(parameters string) float64 {
	quality := 1.0
	for rest := parameters; rest != ""; {
		var parameter string
		parameter, rest = cutOutsideQuotes(rest, ';')
		key, value := cutOutsideQuotes(parameter, '=')
		if !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		if quality = 1; withoutQuotes(value) != "" {
			quality = leadingNumber(withoutQuotes(value))
		}
	}
	return quality
}

// leadingNumber returns the decimal number that text begins with, or 0.
func leadingNumber(text string) float64 {
	const longest = 32 // a longer number is none that a client means
	text = text[:min(len(text), longest)]
	end := strings.IndexFunc(text, func(c rune) bool { return !strings.ContainsRune("+-.0123456789eE", c) })
	if end < 0 {
		end = len(text)
	}
	for ; end > 0; end-- {
		if number, err := strconv.ParseFloat(text[:end], 64); err == nil {
			return number
		}
	}
	return 0
}

// cutOutsideQuotes cuts text at the first sep that is not inside double quotes.
func cutOutsideQuotes(text string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == sep && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func withoutQuotes(text string) string { return strings.Trim(text, " \t\"") }
