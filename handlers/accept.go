package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// wantsJSON reports whether an answer of the framework, such as a 404, is JSON
// rather than a page: if the best accepted type is JSON, or for the requests
// of a script that takes anything (derived).
func wantsJSON(h http.Header) bool {
	types := acceptedTypes(h.Get("Accept"))
	isScript := h.Get("X-Requested-With") == "XMLHttpRequest" && h.Get("X-PJAX") == ""
	if isScript && (len(types) == 0 || types[0] == "*/*" || types[0] == "*") {
		return true
	}
	return len(types) > 0 && isJSONType(strings.ToLower(types[0]))
}

// isJSONType reports whether a media type is JSON by the real server's rule of
// thumb, which looks for two pieces of text in any place (derived).
func isJSONType(mediaType string) bool {
	return strings.Contains(mediaType, "/json") || strings.Contains(mediaType, "+json")
}

// acceptedTypes returns the media types of an Accept header, the best first;
// of equally good ones the first named (derived).
func acceptedTypes(header string) []string {
	type entry struct {
		mediaType string
		quality   float64
	}
	var entries []entry
	for _, item := range strings.Split(header, ",") {
		mediaType, parameters, _ := strings.Cut(item, ";")
		if mediaType = strings.Trim(mediaType, " \t\""); mediaType == "" {
			continue
		}
		entries = append(entries, entry{mediaType, qualityOf(parameters)})
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	types := make([]string, len(entries))
	for i, e := range entries {
		types[i] = e.mediaType
	}
	return types
}

// qualityOf returns the q parameter: 1 without one, 0 for one that is no number.
func qualityOf(parameters string) float64 {
	for _, parameter := range strings.Split(parameters, ";") {
		key, value, ok := strings.Cut(parameter, "=")
		if !ok || strings.TrimSpace(key) != "q" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return 0
		}
		return q
	}
	return 1
}
