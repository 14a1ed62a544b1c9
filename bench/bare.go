package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// serveBare is the floor: bind the body, answer a UUID, and nothing else. Dressed, it
// has the time limits of the sandbox and as many headers in its answer, which every
// server of this kind would have to pay for.
func serveBare(address string, isDressed bool) error {
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
	e := echo.New()
	e.POST("/session/create", func(c echo.Context) error {
		var r request
		if err := c.Bind(&r); err != nil {
			return err
		}
		if isDressed {
			h := c.Response().Header()
			h["Cache-Control"] = []string{"no-cache, private"}
			h["X-Sandbox-Request-Id"], h["X-Sandbox-Evidence"] = []string{"r1000000"}, []string{"documented"}
			h["X-Sandbox-Hint"] = []string{"accepted, but libphonenumber calls +11234567890 possible and not assigned in region US"}
		}
		return c.JSON(http.StatusOK, response{uuid.NewString()})
	})
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("bare echo is ready at http://%s\n", l.Addr())
	s := &http.Server{Handler: e}
	if isDressed {
		s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = 10*time.Second, time.Minute, 2*time.Minute, 2*time.Minute
	}
	return s.Serve(l)
}
