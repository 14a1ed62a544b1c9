// Package floor is what the sandbox's cost is held to: a bare echo handler of the same
// task.
package floor

import (
	"fmt"
	"net"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

type card struct {
	Blocked  *bool `json:"blocked"`
	HasFunds *bool `json:"has_funds"`
}

type request struct {
	Type           string `json:"type"`
	ExternalUserID string `json:"external_user_id"`
	CardID         string `json:"card_id"`
	PhoneNumber    string `json:"phone_number"`
	Email          string `json:"email"`
	Card           *card  `json:"card"`
	ProcessorToken string `json:"processor_token"`
}

type response struct {
	Session string `json:"session"`
}

// New returns the handler: it binds the body and answers a UUID, and nothing else. Each
// answer has the headers that dress sets, if it is not nil.
func New(dress func(http.Header)) http.Handler {
	e := echo.New()
	e.POST("/session/create", func(c echo.Context) error {
		var r request
		if err := c.Bind(&r); err != nil {
			return err
		}
		if dress != nil {
			dress(c.Response().Header())
		}
		return c.JSON(http.StatusOK, response{uuid.NewString()})
	})
	return e
}

// Serve serves at an address until it fails, and prints the URL before.
func Serve(address string, s *http.Server) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("bare echo is ready at http://%s\n", l.Addr())
	return s.Serve(l)
}
