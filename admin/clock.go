package admin

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/faults"
	"knotsandbox/knot"
)

// maxOffset is how far a clock can be moved from real time.
const maxOffset = 100 * 365 * 24 * time.Hour

// clockView is a clock as the control API shows it.
type clockView struct {
	Client string    `json:"client,omitempty"` // empty: the common clock
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	Offset string    `json:"offset"` // from real time; 0s while frozen
}

func (a *API) clock(c echo.Context) error {
	parameters, err := query(c, "client")
	if err != nil {
		return err
	}
	return a.showClock(c, parameters["client"])
}

func (a *API) showClock(c echo.Context, clientID string) error {
	clock, now, err := a.sandbox.Clock(clientID)
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, clockView{
		Client: clientID, Now: now, Frozen: !clock.FrozenAt.IsZero(), Offset: clock.Offset.String(),
	})
	return nil
}

// clockChange is what can be done to a clock. Release goes alone; of the
// others set comes first, then advance, then freeze.
type clockChange struct {
	Client  string  `json:"client"` // empty: the common clock
	Set     *string `json:"set"`
	Advance *string `json:"advance"`
	Freeze  *bool   `json:"freeze"` // false: run on
	Release bool    `json:"release"`

	set     time.Time // as read by check
	advance time.Duration
}

func (a *API) changeClock(c echo.Context) error {
	var in clockChange
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if in.Release {
		if err := a.sandbox.ReleaseClock(in.Client); err != nil {
			return err
		}
		return a.showClock(c, in.Client)
	}
	tooFar := false
	err := a.sandbox.ChangeClock(in.Client, func(clock knot.Clock, real time.Time) knot.Clock {
		changed := in.apply(clock, real)
		if tooFar = changed.At(real).Sub(real).Abs() > maxOffset; tooFar {
			return clock
		}
		return changed
	})
	if err != nil {
		return err
	}
	if tooFar {
		return invalid("set", "the clock would be more than a hundred years off", "choose a time nearer to now")
	}
	return a.showClock(c, in.Client)
}

// check refuses a change that says nothing or contradicts itself.
func (in *clockChange) check() error {
	const next = `give release alone, or some of set, advance and freeze: {"advance": "31m"}`
	moves := in.Set != nil || in.Advance != nil || in.Freeze != nil
	switch {
	case in.Release && moves:
		return invalid("release", "release goes alone", next)
	case !in.Release && !moves:
		return invalid("", "the change is empty", next)
	}
	if in.Set != nil {
		t, err := time.Parse(time.RFC3339, *in.Set)
		if err != nil || t.IsZero() {
			return invalid("set", fmt.Sprintf("%q is not a time", *in.Set), "write it as 2030-01-01T00:00:00Z")
		}
		in.set = t
	}
	if in.Advance != nil {
		span, err := parseSpan("advance", *in.Advance)
		if err != nil {
			return err
		}
		if span.Abs() > maxOffset {
			return invalid("advance", fmt.Sprintf("advance is more than %v", maxOffset), next)
		}
		in.advance = span
	}
	return nil
}

func (in *clockChange) apply(clock knot.Clock, real time.Time) knot.Clock {
	if in.Set != nil {
		clock = clock.Set(real, in.set)
	}
	if in.Advance != nil {
		clock = clock.Advance(real, in.advance)
	}
	if in.Freeze != nil && *in.Freeze {
		clock = clock.Freeze(real)
	} else if in.Freeze != nil {
		clock = clock.Run(real)
	}
	return clock
}

// reset brings one client or everything back to its beginning.
func (a *API) reset(c echo.Context) error {
	var in struct {
		Client *string `json:"client"`
	}
	if err := decode(c, &in); err != nil {
		return err
	}
	client := ""
	if in.Client != nil {
		client = *in.Client
		if client == "" {
			return invalid("client", "client is empty", "name a client, or leave it out to reset everything")
		}
	}
	unmet, err := a.sandbox.Reset(client)
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, map[string][]faults.Report{"never_met": orEmpty(unmet)})
	return nil
}
