package journal

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"
)

// record is an exchange as it is kept: its texts, then its numbers, in one string. So
// an exchange is one piece of memory without pointers, and a full journal costs the
// garbage collector next to nothing.
type record string

// textCount is how many texts an exchange has.
const textCount = 17

// texts returns the texts of an exchange in the order in which a record holds them.
func (e *Exchange) texts() [textCount]*string {
	return [...]*string{
		&e.ID, &e.Client, &e.GivenID, &e.Method, &e.Path, &e.Body, &e.header, &e.Product, &e.ExternalUserID,
		&e.Outcome, &e.Answer, &e.Work, &e.Evidence, &e.Hint, &e.Rule, &e.Fault, &e.SessionID,
	}
}

// bounds are how much is kept of each of them, in bytes; the header has its own bound.
var bounds = [textCount]int{
	MaxName, MaxName, MaxName, MaxName, maxPath, MaxBody, math.MaxUint16, MaxName, MaxName,
	MaxName, MaxAnswer, MaxName, MaxName, maxHint, MaxName, maxHint, MaxName,
}

// numbersSize is what stands behind the texts: their lengths, two points in time, two
// spans, the size of the body, the status, and whether the body is cut off.
const numbersSize = 2*textCount + 2*timeSize + 3*8 + 2 + 1

// newRecord makes a record of an exchange and its request's header: long texts cut
// off, secrets masked. It takes one allocation.
func newRecord(e *Exchange, header http.Header, secrets []string) record {
	w := writers.Get().(*bytes.Buffer) // nothing else is in the pool
	defer writers.Put(w)
	isCut := len(e.Body) > MaxBody || len(e.Body) < e.BodySize
	r := e.record(w, &header, isCut)
	for _, secret := range secrets {
		if r.holds(secret, e.Client) {
			r = r.without(w, secret)
		}
	}
	return r
}

// writers are used while records are written. What is written has bounds, so they do
// not grow.
var writers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// record returns the exchange as it is kept. With a header, which takes the place of
// its own, what came with the request is masked on the way.
func (e *Exchange) record(w *bytes.Buffer, header *http.Header, isCut bool) record {
	w.Reset()
	var lengths [2 * textCount]byte
	for i, text := range e.texts() {
		start, kept := w.Len(), *text
		if header != nil { // else it has been cut off already, and masked
			kept = clip(kept, bounds[i])
		}
		switch {
		case header != nil && text == &e.Path:
			maskPath(w, kept)
		case header != nil && text == &e.Body:
			maskBody(w, kept)
		case header != nil && text == &e.header:
			maskHeader(w, *header)
		default:
			w.WriteString(kept)
		}
		binary.LittleEndian.PutUint16(lengths[2*i:], uint16(w.Len()-start)) // the bounds leave it far from its end
	}
	w.Write(lengths[:])
	w.Write(e.appendNumbers(w.AvailableBuffer(), isCut))
	return record(w.String())
}

func (e *Exchange) appendNumbers(b []byte, isCut bool) []byte {
	b = appendTime(appendTime(b, e.At), e.Began)
	for _, n := range [...]int64{int64(e.Duration), int64(e.RetryAfter), int64(e.BodySize)} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(e.Status))
	if isCut {
		return append(b, 1)
	}
	return append(b, 0)
}

// exchange returns the exchange that was recorded at a position. Its texts are pieces
// of the record.
func (r record) exchange(position uint64) Exchange {
	e := Exchange{Position: position}
	texts, numbers := r[:len(r)-numbersSize], []byte(r[len(r)-numbersSize:])
	for _, text := range e.texts() {
		length := binary.LittleEndian.Uint16(numbers)
		*text, texts, numbers = string(texts[:length]), texts[length:], numbers[2:]
	}
	e.At, e.Began, numbers = timeOf(numbers), timeOf(numbers[timeSize:]), numbers[2*timeSize:]
	e.Duration = time.Duration(binary.LittleEndian.Uint64(numbers))
	e.RetryAfter = time.Duration(binary.LittleEndian.Uint64(numbers[8:]))
	e.BodySize = int(binary.LittleEndian.Uint64(numbers[16:]))
	e.Status = int(binary.LittleEndian.Uint16(numbers[24:]))
	e.isCut = numbers[26] == 1
	return e
}

// timeSize is what a point in time takes: seconds and nanoseconds, since a client's
// clock may show any year.
const timeSize = 8 + 4

func appendTime(b []byte, t time.Time) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(t.Unix()))
	return binary.LittleEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

func timeOf(b []byte) time.Time {
	return time.Unix(int64(binary.LittleEndian.Uint64(b)), int64(binary.LittleEndian.Uint32(b[8:]))).UTC()
}

// size returns about how much memory a record takes, with its two places in rows.
func (r record) size() int { return len(r) + len(r)/8 + 2*slotSize }

// shortestSecret is how long a text is at least that is masked wherever it stands:
// a shorter one stands everywhere.
const shortestSecret = 6

// holds reports whether a secret stands somewhere in a record; the client's own name
// is none.
func (r record) holds(secret, client string) bool {
	return len(secret) >= shortestSecret && secret != client && secret != Mask && strings.Contains(string(r), secret)
}

// without returns the record with a text masked wherever the caller put it.
func (r record) without(w *bytes.Buffer, secret string) record {
	e := r.exchange(0)
	for _, text := range []*string{&e.Path, &e.Body, &e.header, &e.Product, &e.ExternalUserID, &e.GivenID, &e.Hint, &e.Answer} {
		*text = strings.ReplaceAll(*text, secret, Mask)
	}
	return e.record(w, nil, e.isCut)
}
