package runners

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"
)

// rawCodec sends the payload's bytes and nothing else. The stamp stands in the
// first 8 of them, in place of what the sender had there. It allocates nothing:
// what is decoded is the very slice that was received.
type rawCodec struct{}

func (rawCodec) encode(b []byte, m *message) ([]byte, error) {
	if len(m.Flat) < 8 {
		return b, fmt.Errorf("a raw payload of %d bytes has no room for the stamp of 8", len(m.Flat))
	}
	head := len(b)
	b = append(b, m.Flat...)
	le.PutUint64(b[head:], m.Stamp)
	return b, nil
}

func (rawCodec) decode(b []byte, m *message) error {
	if len(b) < 8 {
		return errMessage
	}
	m.Stamp, m.Flat = le.Uint64(b), b
	return nil
}

// binaryCodec is written by hand for these messages: fields in their order,
// numbers in 8 bytes, lengths in 4 before what they count. It allocates
// nothing once a message has its slices and maps: bytes and strings that it
// decodes are part of what was received.
type binaryCodec struct{ form }

func newBinaryCodec(record bool) codec { return binaryCodec{form{record}} }

func (c binaryCodec) encode(b []byte, m *message) ([]byte, error) {
	if err := c.check(m); err != nil {
		return b, err
	}
	b = le.AppendUint64(b, m.Stamp)
	if c.record {
		return m.Record.appendBinary(b), nil
	}
	b = le.AppendUint32(b, uint32(len(m.Flat)))
	return append(b, m.Flat...), nil
}

func (c binaryCodec) decode(b []byte, m *message) error {
	c.empty(m)
	from := binaryReader{b: b}
	m.Stamp = from.uint64()
	if c.record {
		from.record(m.Record)
	} else {
		m.Flat = from.bytes()
	}
	if from.err == nil && len(from.b) > 0 {
		return errRest(len(from.b))
	}
	return from.err
}

func (r *record) appendBinary(b []byte) []byte {
	b = le.AppendUint64(b, r.ID)
	b = appendText(b, r.Name)
	b = le.AppendUint32(b, uint32(len(r.Tags)))
	for _, t := range r.Tags {
		b = appendText(b, t)
	}
	b = le.AppendUint32(b, uint32(len(r.Items)))
	for i := range r.Items {
		it := &r.Items[i]
		b = appendText(b, it.Name)
		b = le.AppendUint64(b, uint64(it.Count))
		b = le.AppendUint64(b, math.Float64bits(it.Price))
		b = le.AppendUint32(b, uint32(len(it.Attributes)))
		for name, v := range it.Attributes {
			b = appendText(b, name)
			b = le.AppendUint64(b, uint64(v))
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(le.AppendUint32(b, uint32(len(s))), s...)
}

var (
	errMessage = errors.New("a message is cut short")
	errTwice   = errors.New("a map has a key twice")
)

// A binaryReader reads fields off the front of a message. After an error it
// reads zeros.
type binaryReader struct {
	b   []byte
	err error
}

// take returns the next n bytes, nil if there are fewer.
func (f *binaryReader) take(n int) []byte {
	if n > len(f.b) {
		f.b, f.err = nil, errMessage
		return nil
	}
	taken := f.b[:n:n]
	f.b = f.b[n:]
	return taken
}

func (f *binaryReader) uint64() uint64 {
	b := f.take(8)
	if b == nil {
		return 0
	}
	return le.Uint64(b)
}

// count reads a number of elements that take at least size bytes each; more
// than there is room for are refused before they are allocated.
func (f *binaryReader) count(size int) int {
	b := f.take(4)
	if b == nil {
		return 0
	}
	n := int(le.Uint32(b))
	if n > len(f.b)/size {
		f.b, f.err = nil, errMessage
		return 0
	}
	return n
}

func (f *binaryReader) bytes() []byte { return f.take(f.count(1)) }

// text is a string that is part of the message: it changes when the message's
// bytes are overwritten, which decode allows.
func (f *binaryReader) text() string {
	b := f.bytes()
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// The least bytes of a tag, an attribute, an item: those of their numbers and lengths.
const (
	leastTag       = 4
	leastAttribute = 4 + 8
	leastItem      = 4 + 8 + 8 + 4
)

// record reads an emptied record. Clearing a map, as emptying does, asks no key
// for its hash, so keys may have changed by then.
func (f *binaryReader) record(r *record) {
	r.ID = f.uint64()
	r.Name = f.text()
	for range f.count(leastTag) {
		r.Tags = append(r.Tags, f.text())
	}
	n := f.count(leastItem)
	r.Items = slices.Grow(r.Items, n)[:n] // and with them the maps that they held
	for i := range r.Items {
		f.item(&r.Items[i])
	}
}

func (f *binaryReader) item(it *item) {
	it.Name = f.text()
	it.Count = int64(f.uint64())
	it.Price = math.Float64frombits(f.uint64())
	n := f.count(leastAttribute)
	if it.Attributes == nil {
		it.Attributes = make(map[string]int64, n)
	}
	for range n {
		name := f.text()
		it.Attributes[name] = int64(f.uint64())
	}
	if f.err == nil && len(it.Attributes) != n {
		f.b, f.err = nil, errTwice
	}
}
