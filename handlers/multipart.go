package handlers

import (
	"errors"
	"strings"
)

// maxFormFiles is how many uploaded files are seen (derived).
const maxFormFiles = 20

// maxPartHeader bounds a folded header, in bytes (assumed).
const maxPartHeader = 8 << 10

// decodeMultipart returns the fields of a multipart body. It reads as the real
// server's language does, which is not what the standard library accepts: lines
// end with LF as well, a line is skipped that is no header, quotes may be single
// ones, and what stands before a mistake counts (derived). The error says why
// there is no form at all.
func decodeMultipart(body, contentType string) (fields, error) {
	boundary, err := boundaryOf(contentType)
	if err != nil {
		return fields{}, err
	}
	f := form{limit: maxQueryVariables}
	var files []string
	r := multipartReader{rest: body, delimiter: "--" + boundary}
	parts := 0
	for ; r.nextPart(); parts++ {
		name, filename, isFile := disposition(r.header("content-disposition"))
		content := r.content()
		switch {
		case name == "" || isFile && filename == "":
		case isFile && len(files) < maxFormFiles:
			files = append(files, name)
		case !isFile:
			f.add(name, formNode{text: content})
		}
	}
	for _, name := range files {
		f.put(name, formNode{file: true}) // over a text of the same name
	}
	if parts == 0 {
		return fields{}, errors.New("no part was found between the boundaries")
	}
	return f.fields(), nil
}

// boundaryOf returns the boundary parameter of a Content-Type: what follows the
// next equals sign, in double quotes or up to a comma or semicolon.
func boundaryOf(contentType string) (string, error) {
	_, after, found := cutFold(contentType, "boundary")
	_, value, hasValue := strings.Cut(after, "=")
	if !found || !hasValue {
		return "", errors.New("the Content-Type has no boundary")
	}
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value, _, ok = strings.Cut(quoted, `"`)
		if !ok {
			return "", errors.New("the boundary lacks its closing quote")
		}
		return value, nil
	}
	if end := strings.IndexAny(value, ",;"); end >= 0 {
		value = value[:end]
	}
	return value, nil
}

// cutFold is strings.Cut without regard to the case of ASCII letters.
func cutFold(text, sep string) (before, after string, found bool) {
	for i := range len(text) - len(sep) + 1 {
		if strings.EqualFold(text[i:i+len(sep)], sep) {
			return text[:i], text[i+len(sep):], true
		}
	}
	return text, "", false
}

// multipartReader reads a multipart body part by part.
type multipartReader struct {
	rest      string
	delimiter string   // two dashes and the boundary
	headers   []string // of the present part, as "name:value"
}

// nextPart goes behind the headers of the next part, if there is one.
func (r *multipartReader) nextPart() bool {
	for {
		line, ok := r.line()
		if !ok {
			return false
		}
		if line == r.delimiter {
			break
		}
	}
	r.headers = r.headers[:0]
	for {
		line, ok := r.line()
		if !ok || line == "" {
			return ok
		}
		isHeader := strings.Trim(line[:1], " \t") != "" && strings.Contains(line, ":")
		if isHeader {
			r.headers = append(r.headers, line)
		} else if last := len(r.headers) - 1; last >= 0 && len(r.headers[last]) < maxPartHeader {
			r.headers[last] += line // folded
		}
	}
}

// line returns the next line without its end; false if there is none.
func (r *multipartReader) line() (string, bool) {
	if r.rest == "" {
		return "", false
	}
	line, rest, _ := strings.Cut(r.rest, "\n")
	r.rest = rest
	return strings.TrimSuffix(line, "\r"), true
}

// header returns the value of a header of the present part.
func (r *multipartReader) header(name string) string {
	for _, h := range r.headers {
		key, value, _ := strings.Cut(h, ":")
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// content returns what the present part holds, up to the next delimiter.
func (r *multipartReader) content() string {
	if strings.HasPrefix(r.rest, r.delimiter) {
		return ""
	}
	content, _, found := strings.Cut(r.rest, "\n"+r.delimiter)
	if !found {
		r.rest = ""
		return content
	}
	r.rest = r.rest[len(content)+1:]
	return strings.TrimSuffix(content, "\r")
}

// disposition returns the name and the file name of a part.
func disposition(header string) (name, filename string, isFile bool) {
	rest := strings.TrimLeft(header, " \t")
	for rest != "" {
		var pair string
		pair, rest = cutUnquoted(rest, ';')
		rest = strings.TrimLeft(rest, " \t")
		if !strings.Contains(pair, "=") {
			continue
		}
		key, value := cutUnquoted(pair, '=')
		switch {
		case strings.EqualFold(key, "name"):
			name = unquoted(value)
		case strings.EqualFold(key, "filename"):
			filename, isFile = unquoted(value), true
		}
	}
	return name, filename, isFile
}

// cutUnquoted cuts text at the first stop that is not inside quotes, and skips
// further stops behind it.
func cutUnquoted(text string, stop byte) (before, after string) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case stop:
			return text[:i], strings.TrimLeft(text[i:], string(stop))
		case '"', '\'':
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' && i+1 < len(text) && text[i+1] == c {
					i++
				}
			}
		}
	}
	return text, ""
}

// unquoted returns a parameter's value: what stands in quotes of either sort, or
// else what comes before white space. A backslash escapes itself and the quote.
func unquoted(value string) string {
	value = strings.TrimLeft(value, " \t\r\n\v\f")
	if value == "" {
		return ""
	}
	quote := value[0]
	if quote != '"' && quote != '\'' {
		quote = 0
		if end := strings.IndexAny(value, " \t\r\n\v\f"); end >= 0 {
			value = value[:end]
		}
	} else {
		value = value[1:]
	}
	var b strings.Builder
	for i := 0; i < len(value) && (quote == 0 || value[i] != quote); i++ {
		isEscape := value[i] == '\\' && i+1 < len(value) && (value[i+1] == '\\' || quote != 0 && value[i+1] == quote)
		if isEscape {
			i++
		}
		b.WriteByte(value[i])
	}
	return b.String()
}
