package admin

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"knotsandbox/knot"
)

// index lists the routes.
func (a *API) index(c echo.Context) error {
	routes := a.Routes()
	slices.Sort(routes)
	writeJSON(c.Response(), http.StatusOK, map[string]any{"routes": routes, "description": Prefix + "/control.yaml"})
	return nil
}

func (a *API) metrics(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	a.sandbox.Metrics().ServeHTTP(c.Response().Writer, c.Request())
	return nil
}

func (a *API) health(c echo.Context) error {
	h := a.sandbox.Health()
	if h.URL != "" {
		h.URL = a.sandbox.EmulatedURL(c.Request())
	}
	writeJSON(c.Response(), http.StatusOK, h)
	return nil
}

// errorView is an entry of the error catalogue.
type errorView struct {
	Name     string        `json:"name"`
	Status   int           `json:"status"`
	Body     string        `json:"body"` // byte for byte
	Evidence knot.Evidence `json:"evidence"`
}

func (a *API) errors(c echo.Context) error {
	list := []errorView{}
	for _, e := range knot.Errors() {
		list = append(list, errorView{e.Name, e.Status, e.Body(), e.Evidence})
	}
	writeJSON(c.Response(), http.StatusOK, map[string]any{"errors": list})
	return nil
}

// behaviourView is a row of the fidelity ledger.
type behaviourView struct {
	Area      string        `json:"area"`
	Statement string        `json:"statement"`
	Evidence  knot.Evidence `json:"evidence"`
	Shown     string        `json:"shown_by"`
}

func (a *API) fidelity(c echo.Context) error {
	rows := []behaviourView{}
	for _, b := range knot.Behaviours() {
		rows = append(rows, behaviourView(b))
	}
	writeJSON(c.Response(), http.StatusOK, map[string]any{"not_emulated": knot.NotEmulated(), "behaviours": rows})
	return nil
}

func (a *API) emulated(c echo.Context) error { return yaml(c, a.sandbox.EmulatedAPI()) }

func (a *API) control(c echo.Context) error { return yaml(c, description) }

func yaml(c echo.Context, content []byte) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "application/yaml", content) // the client may have gone
}
