package admin

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"knotsandbox/knot"
)

// clientView is a client as the control API shows it; its secret is not kept.
type clientView struct {
	ID       string          `json:"client_id"`
	Products []knot.Product  `json:"products"`
	Phone    knot.PhoneLevel `json:"phone"`
	Seed     *uint64         `json:"seed,omitempty"`
}

func viewClient(c knot.Client) clientView {
	view := clientView{ID: c.ID, Products: c.Products.List(), Phone: c.Phone}
	if c.Seed.IsSet {
		view.Seed = &c.Seed.Value
	}
	return view
}

func (a *API) clients(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	list := []clientView{}
	for _, client := range a.sandbox.Clients() {
		list = append(list, viewClient(client))
	}
	writeJSON(c.Response(), http.StatusOK, map[string]any{"clients": list})
	return nil
}

func (a *API) client(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	client, err := a.sandbox.Client(c.Param("id"))
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, viewClient(client))
	return nil
}

// newClient asks for a client; everything may be left out.
type newClient struct {
	ID       string    `json:"client_id"` // empty: a random one
	Secret   string    `json:"secret"`    // empty: a random one
	Products *[]string `json:"products"`  // left out: all
	Phone    string    `json:"phone"`
	Seed     *uint64   `json:"seed"`
}

// addClient mints a client and answers with its pair: the only time that the
// secret is shown.
func (a *API) addClient(c echo.Context) error {
	var in newClient
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.ID == "" {
		in.ID = "client-" + rand.Text()
	}
	if in.Secret == "" {
		in.Secret = rand.Text()
	}
	if err := knot.CheckClientID(in.ID); err != nil {
		return invalid("client_id", err.Error(), "leave it out to get a random one")
	}
	if err := knot.CheckSecret(in.Secret); err != nil {
		return invalid("secret", err.Error(), "leave it out to get a random one")
	}
	client := knot.Client{ID: in.ID, Products: knot.AllProducts()}
	if in.Seed != nil {
		client.Seed = knot.NewSeed(*in.Seed)
	}
	if err := setProducts(&client, in.Products); err != nil {
		return err
	}
	if err := setPhone(&client, in.Phone); err != nil {
		return err
	}
	if err := a.sandbox.AddClient(client, in.Secret); err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusCreated, struct {
		clientView
		Secret string `json:"secret"`
	}{viewClient(client), in.Secret})
	return nil
}

func setProducts(c *knot.Client, names *[]string) error {
	if names == nil {
		return nil
	}
	products, err := productsOf("products", *names)
	c.Products = products
	return err
}

func setPhone(c *knot.Client, name string) error {
	level, err := knot.ParsePhoneLevel(name)
	if err != nil {
		return invalid("phone", err.Error(), "give one of these, or leave it out")
	}
	c.Phone = level
	return nil
}

func productsOf(field string, names []string) (knot.ProductSet, error) {
	var set knot.ProductSet
	for _, name := range names {
		p, err := knot.ParseProduct(name)
		if err != nil {
			return 0, invalid(field, err.Error(), "give some of these")
		}
		set |= knot.NewProductSet(p)
	}
	return set, nil
}

// clientChange is what can be changed of a client; what is left out stays.
type clientChange struct {
	Products *[]string `json:"products"` // exactly these
	Enable   []string  `json:"enable"`   // these as well
	Disable  []string  `json:"disable"`  // these no longer
	Phone    *string   `json:"phone"`
	Seed     *uint64   `json:"seed"`
}

func (a *API) updateClient(c echo.Context) error {
	var in clientChange
	if err := decode(c, &in); err != nil {
		return err
	}
	enable, err := productsOf("enable", in.Enable)
	if err != nil {
		return err
	}
	disable, err := productsOf("disable", in.Disable)
	if err != nil {
		return err
	}
	var wanted knot.Client // checked before anything is changed
	if err := setProducts(&wanted, in.Products); err != nil {
		return err
	}
	if in.Phone != nil {
		if err := setPhone(&wanted, *in.Phone); err != nil {
			return err
		}
	}
	client, err := a.sandbox.UpdateClient(c.Param("id"), func(client *knot.Client) {
		if in.Products != nil {
			client.Products = wanted.Products
		}
		client.Products = client.Products.With(enable).Without(disable)
		if in.Phone != nil {
			client.Phone = wanted.Phone
		}
		if in.Seed != nil {
			client.Seed = knot.NewSeed(*in.Seed)
		}
	})
	if err != nil {
		return err
	}
	writeJSON(c.Response(), http.StatusOK, viewClient(client))
	return nil
}

func (a *API) removeClient(c echo.Context) error {
	if _, err := query(c); err != nil {
		return err
	}
	if err := a.sandbox.RemoveClient(c.Param("id")); err != nil {
		return err
	}
	c.Response().WriteHeader(http.StatusNoContent)
	return nil
}

// sessionView is a session as the control API shows it. Time left is by the
// client's clock.
type sessionView struct {
	ID             string       `json:"session"`
	ClientID       string       `json:"client_id"`
	Product        knot.Product `json:"product"`
	ExternalUserID string       `json:"external_user_id"`
	CardID         string       `json:"card_id,omitempty"`
	CreatedAt      time.Time    `json:"created_at"`
	ExpiresAt      time.Time    `json:"expires_at"`
	SecondsLeft    int          `json:"seconds_left"`
}

// sessions lists the live sessions of a client, or of all of them.
func (a *API) sessions(c echo.Context) error {
	parameters, err := query(c, "client")
	if err != nil {
		return err
	}
	ids := []string{parameters["client"]}
	if ids[0] == "" {
		ids = nil
		for _, client := range a.sandbox.Clients() {
			ids = append(ids, client.ID)
		}
	}
	list := []sessionView{}
	for _, id := range ids {
		views, err := a.sessionsOf(id)
		if err != nil {
			return err
		}
		list = append(list, views...)
	}
	writeJSON(c.Response(), http.StatusOK, map[string]any{"sessions": list})
	return nil
}

func (a *API) sessionsOf(clientID string) ([]sessionView, error) {
	sessions, err := a.sandbox.Sessions(clientID)
	if err != nil {
		return nil, err
	}
	_, now, err := a.sandbox.Clock(clientID)
	if err != nil {
		return nil, fmt.Errorf("sessions of %q: %w", clientID, err)
	}
	list := make([]sessionView, 0, len(sessions))
	for _, s := range sessions {
		list = append(list, sessionView{
			ID: s.ID, ClientID: s.ClientID, Product: s.Product,
			ExternalUserID: s.ExternalUserID, CardID: s.CardID,
			CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt, SecondsLeft: int(s.ExpiresAt.Sub(now) / time.Second),
		})
	}
	return list, nil
}
