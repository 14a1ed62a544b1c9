package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"
)

func main() {
	client := &Client{
		BaseURL: cmp.Or(os.Getenv("KNOT_BASE_URL"), "https://development.knotapi.com"),
		ID:      os.Getenv("KNOT_CLIENT_ID"), Secret: os.Getenv("KNOT_SECRET"), Wait: 200 * time.Millisecond,
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	session, err := client.CreateSession(ctx, "link", "123abc")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("session", session, "from", client.BaseURL)
}
