package main

import (
	"fmt"
	"net"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// serveBare is the floor: bind the body, answer a UUID, and nothing else; no time
// limits, no credentials, no rules.
func serveBare(address string) error {
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
		return c.JSON(http.StatusOK, response{uuid.NewString()})
	})
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("bare echo is ready at http://%s\n", l.Addr())
	return http.Serve(l, e)
}
