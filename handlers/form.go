package handlers

import (
	"strings"

	"knotsandbox/knot"
)

// The limits of the real server's form readers (derived). What comes after the
// last variable is not read; a deeper one is dropped.
const (
	maxQueryVariables = 1000 // of a query or a multipart form
	maxBodyVariables  = 1001 // of an URL-encoded body, empty ones included
	maxFormDepth      = 64
)

// form collects the variables of a query or a form by the rules of the real
// server's language: "card[blocked]=1" is a field of card, a dot or blank in a
// name is an underscore, the last of two equal names wins (derived).
type form struct {
	root    formNode
	limit   int // how many variables are read
	count   int
	unknown fields // holds nothing but the names that look like a field's
}

// formNode is a variable: a text or, if children is not nil, an array.
type formNode struct {
	text     string
	children map[string]*formNode
	file     bool // an uploaded file, which is neither text nor array
}

// decodeQuery returns the fields of a query.
func decodeQuery(text string) fields {
	f := form{limit: maxQueryVariables}
	for pair := range strings.SplitSeq(text, "&") {
		if pair != "" {
			f.addPair(pair)
		}
	}
	return f.fields()
}

// decodeURLEncoded returns the fields of an URL-encoded body.
func decodeURLEncoded(text string) fields {
	f := form{limit: maxBodyVariables}
	for pair := range strings.SplitSeq(text, "&") {
		f.addPair(pair)
	}
	return f.fields()
}

func (f *form) addPair(pair string) {
	name, value, _ := strings.Cut(pair, "=")
	f.add(unescape(name), formNode{text: unescape(value)})
}

// add stores a variable, unless it is one too many.
func (f *form) add(name string, value formNode) {
	if f.count++; f.count <= f.limit {
		f.put(name, value)
	}
}

// put stores a variable.
func (f *form) put(name string, value formNode) {
	path := variablePath(name)
	if len(path) == 0 {
		return
	}
	if fieldNamed(path[0]) == noField {
		f.unknown.set(path[0], knot.Null)
		return
	}
	if len(path) > maxFormDepth+1 {
		delete(f.root.children, path[0])
		return
	}
	node := &f.root
	for _, key := range path {
		node = node.child(key)
	}
	*node = value
}

// child returns the element called key, making the node an array if it is none.
func (n *formNode) child(key string) *formNode {
	if n.children == nil {
		*n = formNode{children: map[string]*formNode{}}
	}
	c, ok := n.children[key]
	if !ok {
		c = &formNode{}
		n.children[key] = c
	}
	return c
}

// underscored replaces what the name of a variable cannot hold.
var underscored = strings.NewReplacer(" ", "_", ".", "_", "[", "_")

// variablePath splits a[b][c] into a, b, c. Leading blanks and all from a NUL
// on are dropped, dots and blanks in the first part become underscores, and
// so does a bracket that is not closed. An empty name has no path.
func variablePath(name string) []string {
	name, _, _ = strings.Cut(name, "\x00")
	name = strings.TrimLeft(name, " ")
	base, rest, isArray := strings.Cut(name, "[")
	if base == "" {
		return nil
	}
	if isArray && !strings.Contains(rest, "]") {
		return []string{underscored.Replace(name)}
	}
	path := []string{underscored.Replace(base)}
	for isArray {
		index, after, closed := strings.Cut(rest, "]")
		if !closed {
			break
		}
		path = append(path, index)
		rest, isArray = strings.CutPrefix(after, "[")
	}
	return path
}

// fields returns the variables as input fields.
func (f *form) fields() fields {
	out := f.unknown
	for name, node := range f.root.children {
		if name == "card" && node.children != nil {
			for key, member := range node.children {
				out.setCard(key, member.value())
			}
			out.value[fieldCard], out.present[fieldCard] = node.value(), true
			continue
		}
		out.set(name, node.value())
	}
	return out
}

// value returns the variable as an input value.
func (n *formNode) value() knot.Value {
	switch {
	case n.file:
		return knot.File
	case n.children != nil:
		return `["form"]`
	}
	return knot.StringValue(trim(n.text))
}

// unescape decodes + and %XX; a percent sign without two digits stands for
// itself.
func unescape(text string) string {
	if !strings.ContainsAny(text, "+%") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			b.WriteByte(' ')
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			b.WriteByte(hexValue(text[i+1])<<4 | hexValue(text[i+2]))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
