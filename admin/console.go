package admin

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed console
var consoleFiles embed.FS

// consolePolicy lets the console load its own files and call its own origin, and
// nothing else.
const consolePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// consoleTypes are the types of the console's files. The machine's own table may say
// otherwise.
var consoleTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
}

// root shows the console to a browser, and to others the list of routes.
func (a *API) root(c echo.Context) error {
	c.Response().Header().Set("Vary", "Accept")
	if !wantsPage(c.Request()) {
		return a.index(c)
	}
	if c.Request().URL.Path == Prefix { // its links are relative
		return c.Redirect(http.StatusFound, Prefix+"/")
	}
	return consoleFile(c, "index.html")
}

// consoleAsset shows a file of the console.
func (a *API) consoleAsset(c echo.Context) error { return consoleFile(c, c.Param("file")) }

func consoleFile(c echo.Context, name string) error {
	content, err := fs.ReadFile(consoleFiles, "console/"+name)
	contentType := consoleTypes[path.Ext(name)]
	if err != nil || contentType == "" {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", consolePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	return c.Blob(http.StatusOK, contentType, content)
}

// wantsPage reports whether a request is a browser's.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// IsConsole reports whether a request is for a file of the console, which is the
// same for everybody and holds nothing of the sandbox: the page asks for the token
// itself.
func IsConsole(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	isRoot := r.URL.Path == Prefix || r.URL.Path == Prefix+"/"
	return isRoot && wantsPage(r) || strings.HasPrefix(r.URL.Path, Prefix+"/console/")
}
