package runners

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/nonrev/nonrev/internal/wire"
)

// protobufCodec is google.golang.org/protobuf with generated code. The fields of
// a record are moved to and from the generated type, strings and maps shared,
// so that every encoding has the same record; a program whose own type is the
// generated one saves that. Flat bytes cost 0 allocations to encode and 1 to
// decode, of their size; a record costs 96 and 161, most of them for its maps.
type protobufCodec struct {
	form
	m      wire.Message
	record wire.Record
	items  []*wire.Item // of record, kept
}

func newProtobufCodec(record bool) codec { return &protobufCodec{form: form{record}} }

func (c *protobufCodec) encode(b []byte, m *message) ([]byte, error) {
	if err := c.check(m); err != nil {
		return b, err
	}
	c.m.Stamp = m.Stamp
	if c.form.record {
		c.fill(m.Record)
		c.m.Record = &c.record
	} else if c.m.Flat = m.Flat; m.Flat == nil {
		c.m.Flat = []byte{} // nil would not be sent
	}
	return proto.MarshalOptions{}.MarshalAppend(b, &c.m)
}

// fill moves a record to the generated type.
func (c *protobufCodec) fill(r *record) {
	w := &c.record
	w.Id, w.Name, w.Tags = r.ID, r.Name, r.Tags
	for len(c.items) < len(r.Items) {
		c.items = append(c.items, new(wire.Item))
	}
	w.Items = c.items[:len(r.Items)]
	for i := range r.Items {
		from, to := &r.Items[i], w.Items[i]
		to.Name, to.Count, to.Price, to.Attributes = from.Name, from.Count, from.Price, from.Attributes
	}
}

// decode needs the flat bytes or the record to be there: protobuf itself takes a
// message that was cut between two fields.
func (c *protobufCodec) decode(b []byte, m *message) error {
	if err := proto.Unmarshal(b, &c.m); err != nil {
		return err
	}
	if c.form.record != (c.m.Record != nil) || c.form.record != (c.m.Flat == nil) {
		return errOtherForm
	}
	m.Stamp, m.Flat = c.m.Stamp, c.m.Flat
	if c.form.record {
		if m.Record == nil {
			m.Record = new(record)
		}
		m.Record.take(c.m.Record)
	}
	return nil
}

var errOtherForm = errors.New("a protobuf message does not hold what it should: flat bytes or a record")

// take moves a record from the generated type.
func (r *record) take(w *wire.Record) {
	r.ID, r.Name, r.Tags = w.Id, w.Name, w.Tags
	r.Items = slices.Grow(r.Items[:0], len(w.Items))[:len(w.Items)]
	for i, it := range w.Items {
		r.Items[i] = item{it.Name, it.Count, it.Price, it.Attributes}
	}
}
