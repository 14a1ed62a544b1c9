package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"knotsandbox/knot"
)

// createSession is POST /session/create.
func (a *API) createSession(c echo.Context) error {
	x := exchangeOf(c)
	client, err := a.authenticate(x)
	if err != nil {
		return err
	}
	x.client = client
	if err := a.config.Validator.SessionRequest(&x.session, client.Phone); err != nil {
		return err
	}
	if !client.Products.Has(x.session.Product()) {
		return knot.NoAccess
	}
	session, err := a.config.Store.CreateSession(client.ID, &x.session)
	if err != nil {
		return err
	}
	if a.config.OutOfBand {
		x.outOfBand(knot.Documented, a.advice(x))
	}
	x.write(http.StatusOK, jsonType, `{"session":"`+session.ID+`"}`)
	return nil
}

// authenticate returns the client of the request's credentials.
func (a *API) authenticate(x *exchange) (knot.Client, error) {
	x.given = readCredentials(x.request.Header.Get("Authorization"))
	if x.given.problem != "" {
		return knot.Client{}, knot.AuthFailed
	}
	if a.config.AnyCredentials {
		return a.config.Store.Adopt(x.given.id)
	}
	return a.config.Store.Authenticate(x.given.id, x.given.secret)
}
