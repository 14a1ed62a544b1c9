package handlers

import (
	"encoding/base64"
	"strings"
)

// credentials are what an Authorization header holds.
type credentials struct {
	id, secret string
	problem    string // why there is no pair; empty if there is one
}

// readCredentials reads a Basic header as leniently as the real server: the
// scheme in any case, stray characters in the base64 text skipped, padding
// optional, split at the first colon (derived). What follows a NUL in either
// half is not seen (derived).
func readCredentials(header string) credentials {
	if header == "" {
		return credentials{problem: "no Authorization header was sent"}
	}
	const scheme = "Basic "
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return credentials{problem: "the Authorization header is not of the Basic scheme"}
	}
	decoded, err := lenientBase64(header[len(scheme):])
	if err != nil {
		return credentials{problem: "the Basic credentials are not base64"}
	}
	id, secret, ok := strings.Cut(decoded, ":")
	if !ok {
		return credentials{problem: "the Basic credentials hold no colon between client_id and secret"}
	}
	if strings.Contains(id, "\x00") {
		return credentials{problem: "the client_id holds a NUL"}
	}
	secret, _, _ = strings.Cut(secret, "\x00")
	return credentials{id: id, secret: secret}
}

// lenientBase64 decodes text after dropping what is not of the standard
// alphabet and a last character that is too short to hold a byte.
func lenientBase64(text string) (string, error) {
	var room [256]byte
	if base64.StdEncoding.DecodedLen(len(text)) <= len(room) {
		if n, err := base64.StdEncoding.Decode(room[:], []byte(text)); err == nil {
			return string(room[:n]), nil
		}
	}
	kept := strings.Map(func(r rune) rune {
		if r < 0x80 && (isLetter(byte(r)) || isDigit(byte(r)) || r == '+' || r == '/') {
			return r
		}
		return -1
	}, text)
	if len(kept)%4 == 1 {
		kept = kept[:len(kept)-1]
	}
	decoded, err := base64.RawStdEncoding.DecodeString(kept)
	return string(decoded), err
}
