package main

import (
	"bytes"
	"fmt"
	"html"
	"slices"
)

// bar is a ratio to the bare handler, with its quartiles.
type bar struct {
	name           string
	low, mid, high float64
}

// The sizes of a picture of bars, in pixels.
const (
	barWidth, barHeight = 900, 24
	barLeft, barRight   = 300, 850
	barHead             = 30
)

// drawBars returns groups of bars as an SVG, each group under its title and all on one scale
// from 0. A line stands at the bare handler, a thin one over the quartiles.
func drawBars(groups [][]bar, titles []string) []byte {
	top := 1.0
	for _, b := range slices.Concat(groups...) {
		top = max(top, b.high)
	}
	x := func(ratio float64) float64 { return barLeft + (barRight-barLeft)*ratio/top }
	var out bytes.Buffer
	y := 0
	for i, group := range groups {
		fmt.Fprintf(&out, `<text x="10" y="%d" font-size="13" font-weight="bold">%s</text>`+"\n", y+20, html.EscapeString(titles[i]))
		y += barHead
		fmt.Fprintf(&out, `<path d="M%.1f %dv%d" stroke="#888" stroke-dasharray="4 3"/>`+"\n", x(1), y, len(group)*barHeight)
		for _, b := range group {
			fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%.1f" height="14" fill="#0b6bcb" fill-opacity="0.75"/>`+"\n",
				barLeft-8, y+16, html.EscapeString(b.name), barLeft, y+5, x(b.mid)-barLeft)
			fmt.Fprintf(&out, `<path d="M%.1f %dH%.1f" stroke="#333"/><text x="%.1f" y="%d" fill="#555">%.2f×</text>`+"\n",
				x(b.low), y+12, x(b.high), x(max(b.high, b.mid))+6, y+16, b.mid)
			y += barHeight
		}
	}
	return svgOf(barWidth, y+10, out.String())
}
