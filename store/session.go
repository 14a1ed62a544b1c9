package store

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"knotsandbox/knot"
)

// MaxValue is how much of an input value is remembered, in bytes: what a client sends
// does not decide how much is kept.
const MaxValue = 256

// record is a session as it is kept: its id, product, user and card, the lengths of
// these three, and the time of creation, all in one string. So a session is one piece
// of memory without pointers, which costs the garbage collector next to nothing.
type record string

const (
	idSize    = 36
	textCount = 3
	tailSize  = 2*textCount + 8 + 4
)

// newRecord makes a record that shares no memory with the request, in one allocation.
// Its time is kept in seconds and nanoseconds, since a client's clock may show any
// year.
func newRecord(id string, r *knot.SessionRequest, created time.Time) record {
	texts := [textCount]string{r.Type.Text(), r.ExternalUserID.Text(), r.CardID.Text()}
	tail := make([]byte, 0, tailSize)
	size := idSize + tailSize
	for i := range texts {
		texts[i] = texts[i][:min(len(texts[i]), MaxValue)]
		tail = binary.LittleEndian.AppendUint16(tail, uint16(len(texts[i])))
		size += len(texts[i])
	}
	tail = binary.LittleEndian.AppendUint64(tail, uint64(created.Unix()))
	tail = binary.LittleEndian.AppendUint32(tail, uint32(created.Nanosecond()))
	var b strings.Builder
	b.Grow(size)
	b.WriteString(id)
	for _, text := range texts {
		b.WriteString(text)
	}
	b.Write(tail)
	return record(b.String())
}

// id returns the session's id.
func (r record) id() string { return string(r[:idSize]) }

// created returns when the session was created, by its client's clock.
func (r record) created() time.Time {
	tail := []byte(r[len(r)-8-4:])
	return time.Unix(int64(binary.LittleEndian.Uint64(tail)), int64(binary.LittleEndian.Uint32(tail[8:]))).UTC()
}

// isAlive reports whether the session has not expired.
func (r record) isAlive(now time.Time) bool { return now.Before(r.created().Add(knot.SessionLifetime)) }

// session returns the session of a client.
func (r record) session(clientID string) knot.Session {
	rest, lengths := string(r[idSize:]), []byte(r[len(r)-tailSize:])
	var texts [textCount]string
	for i := range texts {
		length := binary.LittleEndian.Uint16(lengths[2*i:])
		texts[i], rest = rest[:length], rest[length:]
	}
	created := r.created()
	return knot.Session{
		ID: r.id(), ClientID: clientID, Product: knot.Product(texts[0]), ExternalUserID: texts[1], CardID: texts[2],
		CreatedAt: created, ExpiresAt: created.Add(knot.SessionLifetime),
	}
}

// sessions are what was issued to one client, the oldest first: a ring that grows.
type sessions struct {
	ring   []record
	oldest int // where the ring begins
}

// keep adds a session, over the oldest one if there are too many, and reports whether
// there is one more than before.
func (s *sessions) keep(r record, most int) bool {
	if len(s.ring) < most {
		s.ring = append(s.ring, r)
		return true
	}
	s.ring[s.oldest] = r
	s.oldest = (s.oldest + 1) % len(s.ring)
	return false
}

// inOrder returns the records, the oldest first.
func (s *sessions) inOrder() []record { return slices.Concat(s.ring[s.oldest:], s.ring[:s.oldest]) }

// drop forgets the oldest n.
func (s *sessions) drop(n int) {
	s.ring, s.oldest = slices.Clone(s.inOrder()[n:]), 0
}
