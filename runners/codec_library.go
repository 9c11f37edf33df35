package runners

import (
	"bytes"
	"encoding/gob"
	"encoding/json"

	ugorji "github.com/ugorji/go/codec"
)

// An appender is a writer that appends to the bytes that it holds.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// gobCodec is encoding/gob with one long-lived encoder or decoder, so that the
// types cross once, in the first message. Without that one gob can decode no
// other; the loss of a later one it does not notice. Flat bytes cost 0
// allocations to encode and 1 to decode, of their size, for gob copies what it
// reads; a record costs 48 and 73.
type gobCodec struct {
	form
	out appender
	enc *gob.Encoder
	in  bytes.Reader
	dec *gob.Decoder
}

func newGobCodec(record bool) codec {
	c := &gobCodec{form: form{record}}
	c.enc, c.dec = gob.NewEncoder(&c.out), gob.NewDecoder(&c.in)
	return c
}

func (c *gobCodec) encode(b []byte, m *message) ([]byte, error) {
	if err := c.check(m); err != nil {
		return b, err
	}
	c.out.b = b
	err := c.enc.Encode(m)
	return c.out.b, err
}

func (c *gobCodec) decode(b []byte, m *message) error {
	c.empty(m)
	c.in.Reset(b)
	switch err := c.dec.Decode(m); {
	case err != nil:
		return unexpected(err)
	case c.in.Len() > 0:
		return errRest(c.in.Len())
	}
	return c.check(m)
}

// cborCodec is CBOR (RFC 8949) by the codec package of ugorji/go as it is when
// nothing is set: structs are maps by the names of their fields, as in JSON,
// and strings are copied. Flat bytes cost no allocation, a record 8 to encode
// and 39 to decode.
type cborCodec struct {
	form
	out []byte
	enc *ugorji.Encoder
	dec *ugorji.Decoder
}

func newCBORCodec(record bool) codec {
	c := &cborCodec{form: form{record}}
	handle := new(ugorji.CborHandle)
	c.enc, c.dec = ugorji.NewEncoderBytes(&c.out, handle), ugorji.NewDecoderBytes(nil, handle)
	return c
}

func (c *cborCodec) encode(b []byte, m *message) ([]byte, error) {
	if err := c.check(m); err != nil {
		return b, err
	}
	free := b[len(b):cap(b)]
	c.out = free[:0]
	c.enc.ResetBytes(&c.out)
	err := c.enc.Encode(m)
	if n := len(c.out); 0 < n && n <= len(free) && &c.out[0] == &free[0] {
		return b[:len(b)+n], err // it stands there already
	}
	return append(b, c.out...), err
}

func (c *cborCodec) decode(b []byte, m *message) error {
	c.empty(m)
	c.dec.ResetBytes(b)
	if err := c.dec.Decode(m); err != nil {
		return unexpected(err)
	}
	if n := len(b) - c.dec.NumBytesRead(); n > 0 {
		return errRest(n)
	}
	return c.check(m)
}

// jsonCodec is encoding/json with one long-lived encoder; flat bytes cross in
// base64, a third longer. They cost 0 allocations to encode and 5 to decode, one
// of their size; a record costs 56 and 80.
type jsonCodec struct {
	form
	out appender
	enc *json.Encoder
}

func newJSONCodec(record bool) codec {
	c := &jsonCodec{form: form{record}}
	c.enc = json.NewEncoder(&c.out)
	return c
}

func (c *jsonCodec) encode(b []byte, m *message) ([]byte, error) {
	if err := c.check(m); err != nil {
		return b, err
	}
	c.out.b = b
	err := c.enc.Encode(m)
	return bytes.TrimSuffix(c.out.b, []byte("\n")), err
}

func (c *jsonCodec) decode(b []byte, m *message) error {
	c.empty(m)
	if err := json.Unmarshal(b, m); err != nil {
		return err
	}
	return c.check(m)
}
