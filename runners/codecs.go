package runners

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A message is what crosses in an exchange: a stamp, and flat bytes or a record.
type message struct {
	Stamp  uint64  `json:"stamp"`
	Flat   []byte  `json:"flat,omitempty"`
	Record *record `json:"record,omitempty"`
}

// A codec is one encoding of messages, in one direction on one side: what it
// keeps between messages (gob's stream, buffers) must see them in their order.
type codec interface {
	// encode appends the message to b.
	encode(b []byte, m *message) ([]byte, error)

	// decode is the inverse: b is one message, whole. What m holds afterwards may
	// be part of b, so it is valid as long as b is. The next decode may reuse
	// what m held, so a message belongs to one codec.
	decode(b []byte, m *message) error
}

type namedCodec struct {
	name string
	make func(record bool) codec
}

func codecs() []namedCodec {
	return []namedCodec{
		{"raw", func(bool) codec { return rawCodec{} }},
		{"binary", newBinaryCodec},
		{"gob", newGobCodec},
		{"protobuf", newProtobufCodec},
		{"cbor", newCBORCodec},
		{"json", newJSONCodec},
	}
}

// Codecs names the encodings of an exchange in the order of the report, from
// the plainest on.
func Codecs() []string {
	var names []string
	for _, c := range codecs() {
		names = append(names, c.name)
	}
	return names
}

// newCodec makes a codec for messages with a record or with flat bytes. One is
// needed for each direction on each side. An error that wraps
// errors.ErrUnsupported says why the encoding cannot do this.
func newCodec(name string, record bool) (codec, error) {
	i := slices.IndexFunc(codecs(), func(c namedCodec) bool { return c.name == name })
	switch {
	case i < 0:
		return nil, fmt.Errorf("codec %q is not known; there are %s", name, strings.Join(Codecs(), ", "))
	case name == "raw" && record:
		return nil, fmt.Errorf("raw sends the bytes of a payload as they are, and a record has none: %w", errors.ErrUnsupported)
	}
	return codecs()[i].make(record), nil
}

// A form tells what the messages of a codec hold: records, or flat bytes.
type form struct{ record bool }

// check refuses a message of the other form. An encoding that describes itself
// can bring one.
func (f form) check(m *message) error {
	if f.record != (m.Record != nil) {
		return fmt.Errorf("the message has a record: %v, and should: %v", m.Record != nil, f.record)
	}
	return nil
}

// empty makes m a message of the form in which nothing is set. What it held is
// kept for reuse: a decoder that finds no word of a field, as gob leaves out
// zeros, would leave what was there before.
func (f form) empty(m *message) {
	r := m.Record
	*m = message{Flat: m.Flat[:0]}
	if !f.record {
		return
	}
	if r == nil {
		r = new(record)
	}
	r.empty()
	m.Record = r
}

func errRest(n int) error { return fmt.Errorf("%d bytes left after a message", n) }
