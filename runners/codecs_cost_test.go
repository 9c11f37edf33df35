package runners

import (
	"fmt"
	"math"
	"runtime/metrics"
	"testing"
)

// A codecCase is a kind of message under one codec, with what it encodes to.
type codecCase struct {
	name     string
	from, to codec
	m, got   *message
	b        []byte // of a message that is not the stream's first
}

func codecCases(t testing.TB) (cases []codecCase) {
	for _, name := range Codecs() {
		for _, kind := range []struct {
			name string
			m    *message
		}{
			{"payload=64B", flatMessage(1, 64)},
			{"payload=4KiB", flatMessage(1, 4<<10)},
			{"payload=1MiB", flatMessage(1, 1<<20)},
			{"record", recordMessage(1)},
		} {
			record := kind.m.Record != nil
			if name == "raw" && record {
				continue
			}
			c := codecCase{fmt.Sprintf("codec=%s/%s", name, kind.name), mustCodec(t, name, record), mustCodec(t, name, record), kind.m, new(message), nil}
			across(t, c.from, c.to, c.m, c.got)
			c.encode(t)
			c.decode(t)
			cases = append(cases, c)
		}
	}
	return cases
}

func (c *codecCase) encode(t testing.TB) {
	var err error
	if c.b, err = c.from.encode(c.b[:0], c.m); err != nil {
		t.Fatal(err)
	}
}

func (c *codecCase) decode(t testing.TB) {
	if err := c.to.decode(c.b, c.got); err != nil {
		t.Fatal(err)
	}
}

// The table with -v is what the comments of the codecs say they allocate.
func TestRawAndBinaryAllocateNothing(t *testing.T) {
	for _, c := range codecCases(t) {
		enc := testing.AllocsPerRun(10, func() { c.encode(t) })
		dec := testing.AllocsPerRun(10, func() { c.decode(t) })
		t.Logf("%-30s %8d bytes; allocations: encode %3.0f, decode %3.0f", c.name, len(c.b), enc, dec)
		switch c.from.(type) {
		case rawCodec, binaryCodec:
			if enc+dec > 0 {
				t.Errorf("%s allocates: encode %v, decode %v", c.name, enc, dec)
			}
		}
	}
	r := newRecord(1)
	if n := testing.AllocsPerRun(100, func() { r.digest() }); n > 0 {
		t.Errorf("a digest allocates %v times", n)
	}
}

// allocated is how many bytes this process has ever allocated.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// allowance is what a decoder may allocate for n bytes. A byte may stand for an
// element of a slice; and the libraries believe a length up to a bound of their
// own: gob takes 10 MiB at a time, that of CBOR at most 64 MiB for an array that
// it reads as bytes.
func allowance(name string, n int) uint64 {
	believed := map[string]uint64{"gob": 10 << 20, "cbor": 64 << 20}
	return 8<<20 + believed[name] + uint64(n)*256
}

// FuzzCodec feeds any bytes to every decoder. It may refuse them, but neither
// panic nor allocate more than they can mean; what it takes must survive another
// crossing.
func FuzzCodec(f *testing.F) {
	for i, name := range Codecs() {
		for _, m := range []*message{flatMessage(1, 64), recordMessage(1)} {
			if name == "raw" && m.Record != nil {
				continue
			}
			b, err := mustCodec(f, name, m.Record != nil).encode(nil, m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), m.Record != nil, b)
			f.Add(uint8(i), m.Record != nil, b[:len(b)/2])
		}
	}
	for _, claim := range claims() {
		for i := range Codecs() {
			f.Add(uint8(i), false, claim)
			f.Add(uint8(i), true, claim)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, record bool, b []byte) {
		name := Codecs()[int(which)%len(Codecs())]
		if name == "raw" && record {
			return
		}
		var got message
		to := mustCodec(t, name, record)
		before := allocated()
		err := to.decode(b, &got)
		if n := allocated() - before; n > allowance(name, len(b)) {
			t.Errorf("%s allocates %d bytes for %d", name, n, len(b))
		}
		if err == nil && finite(got.Record) {
			again(t, name, &got)
		}
	})
}

// claims are messages that say they hold far more than they do.
func claims() [][]byte {
	huge := le.AppendUint32(make([]byte, 8), math.MaxUint32) // binary: flat bytes
	return [][]byte{
		huge,
		append(make([]byte, 20), 0xff, 0xff, 0xff, 0x7f),                                                              // binary: tags of a record
		append([]byte{0xf8, 0x3f}, make([]byte, 64)...),                                                               // gob: a message of 2^62 bytes
		{0xfc, 0x3f, 0xff, 0xff, 0xff, 1, 2},                                                                          // gob: of 1 GiB
		{0x12, 0xff, 0xff, 0xff, 0xff, 0x07, 1},                                                                       // protobuf: bytes of 2 GiB
		{0xa1, 0x64, 'f', 'l', 'a', 't', 0x5a, 0x7f, 0xff, 0xff, 0xff},                                                // CBOR: bytes of 2 GiB
		{0xa1, 0x66, 'r', 'e', 'c', 'o', 'r', 'd', 0xa1, 0x65, 'i', 't', 'e', 'm', 's', 0x9b, 0, 0, 0, 1, 0, 0, 0, 0}, // 2^32 items
		[]byte("\xb5\x9a0000"),                                                                                        // CBOR: an array of 800 MB for a name
		{0xa1, 0x66, 'r', 'e', 'c', 'o', 'r', 'd', 0xf6},                                                              // CBOR: null
		[]byte(`{"record":null,"flat":null}`),
		[]byte(`{"record":{"items":[{"attributes":null}]}}`),
	}
}

// finite tells that JSON has all numbers of a record.
func finite(r *record) bool {
	if r == nil {
		return true
	}
	for _, it := range r.Items {
		if math.IsNaN(it.Price) || math.IsInf(it.Price, 0) {
			return false
		}
	}
	return true
}

// again sends what was decoded through a new pair of codecs.
func again(t *testing.T, name string, m *message) {
	record := m.Record != nil
	b, err := mustCodec(t, name, record).encode(nil, m)
	if err != nil {
		t.Fatalf("%s decodes what it does not encode: %v", name, err)
	}
	var got message
	if err := mustCodec(t, name, record).decode(b, &got); err != nil {
		t.Fatalf("%s encodes what it does not decode: %v", name, err)
	}
	if diff := diffMessages(m, &got); diff != "" {
		t.Errorf("%s: first -, then +:\n%s", name, diff)
	}
}

// BenchmarkCodec is what encoding and decoding cost by themselves, on a message
// that is in the cache. Run it with -benchmem.
func BenchmarkCodec(b *testing.B) {
	for _, c := range codecCases(b) {
		size := int64(len(c.m.Flat))
		if c.m.Record != nil {
			size = 1 << 10
		}
		for _, way := range []struct {
			name string
			run  func(testing.TB)
		}{{"encode", c.encode}, {"decode", c.decode}} {
			b.Run(c.name+"/way="+way.name, func(b *testing.B) {
				b.SetBytes(size)
				b.ReportAllocs()
				for b.Loop() {
					way.run(b)
				}
			})
		}
	}
}
