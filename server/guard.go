package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"knotsandbox/admin"
)

// Control says who can reach the control API.
type Control struct {
	// Mode is where it is; empty is ControlAuto.
	Mode ControlMode
	// Listen is the address of its own listener, for ControlElsewhere.
	Listen string
	// Token, if not empty, has to come with each request but for health, as
	// "Authorization: Bearer TOKEN" or "X-Sandbox-Token: TOKEN".
	Token string
}

// ControlMode says where the control API is.
type ControlMode string

// The control modes.
const (
	// ControlAuto opens the control API beside the emulated one if the address
	// is a loopback one or a token is set; otherwise only health answers.
	ControlAuto ControlMode = "auto"
	// ControlOn opens it beside the emulated API, whatever the address.
	ControlOn ControlMode = "on"
	// ControlOff leaves it out.
	ControlOff ControlMode = "off"
	// ControlElsewhere gives it a listener of its own.
	ControlElsewhere ControlMode = "elsewhere"
)

// guard lets only those requests through to the control API that come from
// where they should: not from a page of another origin (the standard library's
// check), not by way of a name that an attacker can make point here (DNS
// rebinding), and with the token, if one is set.
func (s *Server) guard(control http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isHealth := r.URL.Path == admin.Prefix+"/health" && r.Method == http.MethodGet
		isPage := s.config.Control.Token != "" && admin.IsConsole(r) // it asks for the token
		hasToken := s.config.Control.Token != "" && s.bearsToken(r)
		switch {
		case isHealth, isPage:
		case !s.controlOpen:
			admin.WriteProblem(w, closedProblem)
			return
		case s.config.Control.Token != "" && !hasToken:
			admin.WriteProblem(w, tokenProblem)
			return
		case !hasToken && !isLocalName(r.Host):
			admin.WriteProblem(w, hostProblem)
			return
		}
		if err := origin.Check(r); err != nil || !isHealth && !admin.IsConsole(r) && isForeign(r) {
			admin.WriteProblem(w, originProblem)
			return
		}
		control.ServeHTTP(w, r)
	})
}

// isForeign reports whether a browser says that a page of another origin asks. Such a
// page cannot read the answer, but it could tell by the time it takes.
func isForeign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// The refusals of the guard.
var (
	closedProblem = &admin.Problem{
		Status: http.StatusForbidden, Code: "closed",
		Message: "the control API is closed, because the sandbox listens on an address that others can reach",
		Next:    "start it with --control-token TOKEN and send the token, or open it to everybody with --control on",
	}
	tokenProblem = &admin.Problem{
		Status: http.StatusUnauthorized, Code: "token_required", Message: "the control API wants its token",
		Next: "send Authorization: Bearer TOKEN with the value of --control-token",
	}
	hostProblem = &admin.Problem{
		Status: http.StatusForbidden, Code: "foreign_host",
		Message: "the Host header is a name that someone else could make point here",
		Next:    "call the sandbox by its IP address, by localhost or by a name without dots, or use a token",
	}
	originProblem = &admin.Problem{
		Status: http.StatusForbidden, Code: "cross_origin", Message: "the request comes from a page of another origin",
		Next: "use the console at " + admin.Prefix + "/ or a program that is no browser",
	}
)

// bearsToken reports whether a request carries the control token.
func (s *Server) bearsToken(r *http.Request) bool {
	given := r.Header.Get("X-Sandbox-Token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		given = bearer
	}
	want, got := sha256.Sum256([]byte(s.config.Control.Token)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// isLocalName reports whether a Host header names something that no public
// name server can speak for: an IP address, localhost, or a name without dots,
// as containers have.
func isLocalName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	switch {
	case host == "":
		return false
	case net.ParseIP(host) != nil, host == "host.docker.internal", strings.HasSuffix(host, ".localhost"):
		return true
	}
	return !strings.Contains(host, ".")
}

// isLoopback reports whether only this machine can reach a listener.
func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
