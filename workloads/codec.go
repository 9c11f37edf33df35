package workloads

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"errors"
	"fmt"
)

// A Codec turns the values of one connection into bytes and back. A type that
// has AppendBinary and, on its pointer, UnmarshalBinary uses those; any other
// goes through one long-lived gob stream in each direction, so messages must be
// decoded in the order in which they were encoded. The zero value is ready.
type Codec struct {
	enc    *gob.Encoder
	encBuf bytes.Buffer
	dec    *gob.Decoder
	decBuf bytes.Buffer
}

func hasBinary(pointer any) bool {
	_, enc := pointer.(encoding.BinaryAppender)
	_, dec := pointer.(encoding.BinaryUnmarshaler)
	return enc && dec
}

func (c *Codec) append(b []byte, v any) ([]byte, error) {
	if a, ok := v.(encoding.BinaryAppender); ok {
		return a.AppendBinary(b)
	}
	if c.enc == nil {
		c.enc = gob.NewEncoder(&c.encBuf)
	}
	c.encBuf.Reset()
	err := c.enc.Encode(v)
	return append(b, c.encBuf.Bytes()...), err
}

func (c *Codec) decode(b []byte, v any) error {
	if u, ok := v.(encoding.BinaryUnmarshaler); ok {
		return u.UnmarshalBinary(b)
	}
	if c.dec == nil {
		c.dec = gob.NewDecoder(&c.decBuf)
	}
	c.decBuf.Write(b)
	if err := c.dec.Decode(v); err != nil {
		return err
	}
	if n := c.decBuf.Len(); n > 0 {
		return fmt.Errorf("%d bytes left after a value", n)
	}
	return nil
}

// errShort is what a binary decoder answers when bytes are missing.
var errShort = errors.New("value is cut short")

// fields reads the fixed fields of a binary value.
type fields struct {
	b   []byte
	err error
}

func (f *fields) uint64() uint64 {
	if len(f.b) < 8 {
		f.err = errShort
		return 0
	}
	v := le.Uint64(f.b)
	f.b = f.b[8:]
	return v
}

func (f *fields) int() int { return int(int64(f.uint64())) }

// done is the error of the reading; bytes left over are one.
func (f *fields) done() error {
	if f.err == nil && len(f.b) > 0 {
		return fmt.Errorf("%d bytes left after a value", len(f.b))
	}
	return f.err
}
