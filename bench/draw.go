package main

import (
	"bytes"
	"fmt"
	"math"
)

// panel is one of the little charts of a picture.
type panel struct {
	title  string
	points []point
}

// The sizes of a picture, in pixels: panels stand beside each other in rows.
const (
	panelWidth, panelHeight = 300, 190
	plotLeft, plotTop       = 38, 34
	plotWidth, plotHeight   = 240, 120
	panelsInRow             = 3
)

// draw returns the panels as an SVG: the cost as a multiple of the bare handler's, over
// the size on a logarithmic axis. All have the same scale of cost.
func draw(panels []panel) []byte {
	top := 1.5
	for _, p := range panels {
		for _, at := range p.points {
			top = max(top, at.ratio*1.1)
		}
	}
	rows := (len(panels) + panelsInRow - 1) / panelsInRow
	var b bytes.Buffer
	for i, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", i%panelsInRow*panelWidth, i/panelsInRow*panelHeight)
		p.draw(&b, top)
		b.WriteString("</g>\n")
	}
	return svgOf(panelsInRow*panelWidth, rows*panelHeight, b.String())
}

// svgOf returns a picture of a size, on white.
func svgOf(width, height int, content string) []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">`+"\n"+
		`<rect width="100%%" height="100%%" fill="white"/>`+"\n%s</svg>\n", width, height, content)
}

func (p panel) draw(b *bytes.Buffer, top float64) {
	x := func(size int) float64 {
		last := math.Log10(float64(p.points[len(p.points)-1].size))
		return plotLeft + plotWidth*math.Log10(float64(size))/last
	}
	y := func(ratio float64) float64 { return plotTop + plotHeight*(1-ratio/top) }
	fmt.Fprintf(b, `<text x="%d" y="20" font-size="13" font-weight="bold">%s</text>`+"\n", plotLeft, p.title)
	for ratio := 0.0; ratio < top; ratio += 0.5 {
		fmt.Fprintf(b, `<path d="M%d %.1fh%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end" fill="#555">%.1f×</text>`+"\n",
			plotLeft, y(ratio), plotWidth, plotLeft-5, y(ratio)+4, ratio)
	}
	fmt.Fprintf(b, `<path d="M%d %.1fh%d" stroke="#888" stroke-dasharray="4 3"/>`+"\n", plotLeft, y(1), plotWidth) // the bare handler
	line := ""
	for _, at := range p.points {
		line += fmt.Sprintf("%.1f,%.1f ", x(at.size), y(at.ratio))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="#0b6bcb"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555">%s</text>`+"\n",
			x(at.size), y(at.ratio), x(at.size), plotTop+plotHeight+16, short(at.size))
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="#0b6bcb" stroke-width="2"/>`+"\n", line)
}

// short returns 10000 as 10k.
func short(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%gM", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%gk", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}
