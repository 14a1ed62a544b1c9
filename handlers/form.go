package handlers

import (
	"errors"
	"io"
	"mime/multipart"
	"strings"

	"knotsandbox/knot"
)

// The limits of the real server's form reader (derived).
const (
	maxFormVariables = 1001 // further ones are not read
	maxFormDepth     = 64   // a deeper variable is dropped
)

// form collects the variables of a query or a form by the rules of the real
// server's language: "card[blocked]=1" is a field of card, a dot or blank in a
// name is an underscore, the last of two equal names wins (derived).
type form struct {
	root  formNode
	count int
}

// formNode is a variable: a text or, if children is not nil, an array.
type formNode struct {
	text     string
	children map[string]*formNode
	file     bool // an uploaded file, which is neither text nor array
}

// decodeURLEncoded returns the fields of a query or of an URL-encoded body.
func decodeURLEncoded(text string) fields {
	var f form
	for text != "" {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		f.add(unescape(name), formNode{text: unescape(value)})
	}
	return f.fields()
}

// decodeMultipart returns the fields of a multipart body. What stands before a
// mistake in the body counts (derived); the error says what the mistake is.
func decodeMultipart(body, contentType string) (fields, error) {
	boundary := boundaryOf(contentType)
	if boundary == "" {
		return fields{}, errors.New("the Content-Type has no boundary")
	}
	var f form
	var files []func()
	reader := multipart.NewReader(strings.NewReader(body), boundary)
	for {
		part, err := reader.NextRawPart()
		if err != nil {
			for _, add := range files {
				add() // files lie over texts of the same name
			}
			return f.fields(), endOfParts(err, f.count)
		}
		name, filename, isFile := disposition(part.Header.Get("Content-Disposition"))
		content, err := io.ReadAll(part)
		if err != nil && len(content) == 0 {
			continue // the next part reports the error again
		}
		switch {
		case name == "" || isFile && filename == "":
		case isFile:
			files = append(files, func() { f.add(name, formNode{file: true}) })
		default:
			f.add(name, formNode{text: string(content)})
		}
	}
}

// endOfParts tells a body that ends too early from one that is no multipart.
func endOfParts(err error, count int) error {
	if errors.Is(err, io.EOF) || count > 0 {
		return nil
	}
	return errors.New("no part was found between the boundaries")
}

// boundaryOf returns the boundary parameter of a Content-Type.
func boundaryOf(contentType string) string {
	const parameter = "boundary="
	value := ""
	for i := range len(contentType) - len(parameter) {
		if strings.EqualFold(contentType[i:i+len(parameter)], parameter) {
			value = contentType[i+len(parameter):]
			break
		}
	}
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value, _, _ = strings.Cut(quoted, `"`)
		return value
	}
	if end := strings.IndexAny(value, ",;"); end >= 0 {
		value = value[:end]
	}
	return strings.TrimSpace(value)
}

// disposition returns the name and the file name of a part.
func disposition(header string) (name, filename string, isFile bool) {
	for _, parameter := range strings.Split(header, ";") {
		key, value, ok := strings.Cut(parameter, "=")
		if !ok {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "name":
			name = value
		case "filename":
			filename, isFile = value, true
		}
	}
	return name, filename, isFile
}

// add stores a variable.
func (f *form) add(name string, value formNode) {
	if f.count++; f.count > maxFormVariables {
		return
	}
	path := variablePath(name)
	if len(path) == 0 || fieldNamed(path[0]) == noField {
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

// variablePath splits a[b][c] into a, b, c. Leading blanks and all from a NUL
// on are dropped, dots and blanks in the first part become underscores, and
// so does a bracket that is not closed. An empty name has no path.
func variablePath(name string) []string {
	name, _, _ = strings.Cut(name, "\x00")
	name = strings.TrimLeft(name, " ")
	underscored := strings.NewReplacer(" ", "_", ".", "_", "[", "_")
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
	var out fields
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

func isHex(c byte) bool { return isDigit(c) || 'a' <= lower(c) && lower(c) <= 'f' }

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return lower(c) - 'a' + 10
}
