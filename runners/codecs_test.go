package runners

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// eachCodec calls f for every codec that there is for the form.
func eachCodec(record bool, f func(name string)) {
	for _, name := range Codecs() {
		if name != "raw" || !record {
			f(name)
		}
	}
}

func mustCodec(t testing.TB, name string, record bool) codec {
	t.Helper()
	c, err := newCodec(name, record)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func flatMessage(seed uint64, size int) *message {
	m := &message{Stamp: seed, Flat: make([]byte, size)}
	from := rand.New(rand.NewPCG(seed, 2))
	for i := range m.Flat {
		m.Flat[i] = byte(from.Uint32())
	}
	if size >= 8 {
		le.PutUint64(m.Flat, seed) // where raw has it
	}
	return m
}

func recordMessage(seed uint64) *message { return &message{Stamp: seed, Record: newRecord(seed)} }

// across sends a message from one side to the other.
func across(t testing.TB, from, to codec, m, got *message) {
	t.Helper()
	b, err := from.encode([]byte("before"), m)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte("before")) {
		t.Fatal("encoding overwrites what it appends to")
	}
	if err := to.decode(b[len("before"):], got); err != nil {
		t.Fatal(err)
	}
	if diff := diffMessages(m, got); diff != "" {
		t.Fatalf("sent -, received +:\n%s", diff)
	}
}

// diffMessages is "" for equal messages; a slice or map may be missing or empty.
// go-cmp is asked only where there may be a difference: it is slow.
func diffMessages(a, b *message) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return cmp.Diff(a, b, cmpopts.EquateEmpty())
}

func TestCodecsKeepEveryMessageOfAStream(t *testing.T) {
	for _, record := range []bool{false, true} {
		eachCodec(record, func(name string) {
			t.Run(fmt.Sprintf("%s/record=%v", name, record), func(t *testing.T) {
				from, to := mustCodec(t, name, record), mustCodec(t, name, record)
				var got message
				for seed := range uint64(1000) {
					m := flatMessage(seed, 8+int(seed%64))
					if record {
						m = recordMessage(seed)
					}
					across(t, from, to, m, &got)
					if record && m.Record.digest() != got.Record.digest() {
						t.Fatal("equal records have two digests")
					}
				}
			})
		})
	}
}

func TestCodecsTakeFlatBytesOfEverySize(t *testing.T) {
	eachCodec(false, func(name string) {
		from, to := mustCodec(t, name, false), mustCodec(t, name, false)
		var got message
		for _, size := range []int{0, 1, 7, 8, 64, 4 << 10, 1 << 20, 0, 64} { // and smaller after larger
			m := flatMessage(7, size)
			if name == "raw" && size < 8 {
				if _, err := from.encode(nil, m); err == nil {
					t.Errorf("raw finds room for a stamp in %d bytes", size)
				}
				continue
			}
			across(t, from, to, m, &got)
		}
	})
}

// A decoder that reuses what a message held must not let it shine through: the
// fields that are zero or missing are those that encodings leave out.
func TestNothingOfAnEarlierRecordIsLeft(t *testing.T) {
	eachCodec(true, func(name string) {
		rapid.Check(t, func(rt *rapid.T) {
			from, to := mustCodec(t, name, true), mustCodec(t, name, true)
			var got message
			for range rapid.IntRange(2, 4).Draw(rt, "messages") {
				across(t, from, to, drawMessage(rt), &got)
			}
		})
	})
}

func drawMessage(t *rapid.T) *message {
	word := rapid.SampledFrom([]string{"", "a", "<b> \"c\"\n", "d\u00e9\u4e16"})
	number := rapid.SampledFrom([]int64{0, 1, -1, 1 << 62, -1 << 63})
	r := &record{
		ID: rapid.Uint64().Draw(t, "id"), Name: word.Draw(t, "name"),
		Tags: rapid.SliceOfN(word, 0, 3).Draw(t, "tags"),
		Items: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) item {
			return item{
				word.Draw(t, "item"), number.Draw(t, "count"), rapid.SampledFrom([]float64{0, 0.1, -1e300}).Draw(t, "price"),
				rapid.MapOfN(word, number, 0, 3).Draw(t, "attributes"),
			}
		}), 0, 3).Draw(t, "items"),
	}
	return &message{Stamp: rapid.Uint64().Draw(t, "stamp"), Record: r}
}

func TestRawSaysWhyItCarriesNoRecord(t *testing.T) {
	if _, err := newCodec("raw", true); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
	if _, err := newCodec("xml", false); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v for an encoding that nobody knows", err)
	}
}

func TestCodecsRefuseTheOtherForm(t *testing.T) {
	eachCodec(true, func(name string) {
		for _, record := range []bool{false, true} {
			m := recordMessage(1)
			if record {
				m = flatMessage(1, 64)
			}
			if b, err := mustCodec(t, name, record).encode(nil, m); err == nil {
				t.Errorf("%s with record=%v encodes the other form in %d bytes", name, record, len(b))
			}
			b, err := mustCodec(t, name, !record).encode(nil, m)
			if err != nil {
				t.Fatal(err)
			}
			if err := mustCodec(t, name, record).decode(b, new(message)); err == nil && name != "cbor" && name != "json" && name != "gob" {
				t.Errorf("%s with record=%v decodes the other form", name, record)
			}
		}
	})
}

func TestCodecsRefuseWhatIsCutShortOrTooLong(t *testing.T) {
	for _, record := range []bool{false, true} {
		eachCodec(record, func(name string) {
			m := flatMessage(3, 64)
			if record {
				m = recordMessage(3)
			}
			b, err := mustCodec(t, name, record).encode(nil, m)
			if err != nil {
				t.Fatal(err)
			}
			for n := range b {
				if name == "raw" && n >= 8 {
					break // a shorter payload is a payload
				}
				if err := mustCodec(t, name, record).decode(b[:n:n], new(message)); err == nil {
					t.Errorf("%s, record=%v: %d of %d bytes are taken for a message", name, record, n, len(b))
				}
			}
			long := append(b, 0xff)
			if err := mustCodec(t, name, record).decode(long, new(message)); err == nil && name != "raw" {
				t.Errorf("%s, record=%v: a byte too many is not seen", name, record)
			}
		})
	}
}

func TestBinaryRefusesAKeyTwice(t *testing.T) {
	c := mustCodec(t, "binary", true)
	m := &message{Record: &record{Items: []item{{Attributes: map[string]int64{"one": 1, "two": 2}}}}}
	b, err := c.encode(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("two"), []byte("one"), 1)
	if err := c.decode(b, new(message)); !errors.Is(err, errTwice) {
		t.Errorf("got %v", err)
	}
}

// Only gob keeps something between messages: without the first of a stream no
// other can be read, while a later one may be lost.
func TestGobNeedsTheFirstMessage(t *testing.T) {
	from, to, late := mustCodec(t, "gob", true), mustCodec(t, "gob", true), mustCodec(t, "gob", true)
	var frames [][]byte
	for seed := range uint64(4) {
		b, err := from.encode(nil, recordMessage(seed))
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, b)
	}
	if len(frames[1]) >= len(frames[0]) {
		t.Errorf("the types cross with every message: %d bytes, then %d", len(frames[0]), len(frames[1]))
	}
	var got message
	if err := late.decode(frames[1], &got); err == nil {
		t.Error("a stream is read without its first message")
	}
	for _, seed := range []uint64{0, 1, 3} {
		if err := to.decode(frames[seed], &got); err != nil || got.Stamp != seed {
			t.Errorf("message %d came as %d, %v", seed, got.Stamp, err)
		}
	}
	if err := to.decode(frames[0], &got); err == nil {
		t.Error("types that are known already are taken again")
	}
}

func TestARecordIsOneKiB(t *testing.T) {
	for seed := range uint64(100) {
		if n := len(newRecord(seed).appendBinary(nil)); n != 1<<10 {
			t.Fatalf("record %d has %d bytes", seed, n)
		}
	}
}

// Every change of one field, and every swap of two, must change the digest.
func TestADigestSeesEveryField(t *testing.T) {
	changes := map[string]func(r *record){
		"id":            func(r *record) { r.ID++ },
		"name":          func(r *record) { r.Name = r.Name[1:] + r.Name[:1] },
		"tag":           func(r *record) { r.Tags[5] = "" },
		"tags swapped":  func(r *record) { r.Tags[0], r.Tags[1] = r.Tags[1], r.Tags[0] },
		"tags merged":   func(r *record) { r.Tags = append([]string{r.Tags[0] + r.Tags[1], ""}, r.Tags[2:]...) },
		"no tags":       func(r *record) { r.Tags = nil },
		"item lost":     func(r *record) { r.Items = r.Items[:7] },
		"item added":    func(r *record) { r.Items = append(r.Items, item{}) },
		"items swapped": func(r *record) { r.Items[0], r.Items[1] = r.Items[1], r.Items[0] },
		"item's name":   func(r *record) { r.Items[3].Name += "x" },
		"count":         func(r *record) { r.Items[7].Count = -r.Items[7].Count },
		"price":         func(r *record) { r.Items[7].Price = -r.Items[7].Price },
		"price float32": func(r *record) { r.Items[7].Price = float64(float32(r.Items[7].Price)) },
		"names swapped": func(r *record) { r.Name, r.Tags[0] = r.Tags[0], r.Name },
		"maps swapped": func(r *record) {
			r.Items[0].Attributes, r.Items[1].Attributes = r.Items[1].Attributes, r.Items[0].Attributes
		},
		"map's value": func(r *record) { r.Items[2].Attributes[anyKey(r.Items[2].Attributes)]++ },
		"map's entry": func(r *record) { delete(r.Items[2].Attributes, anyKey(r.Items[2].Attributes)) },
		"map's key": func(r *record) {
			old := anyKey(r.Items[2].Attributes)
			r.Items[2].Attributes["renamed"] = r.Items[2].Attributes[old]
			delete(r.Items[2].Attributes, old)
		},
		"map's values turned": func(r *record) {
			m := r.Items[2].Attributes
			keys := slices.Collect(maps.Keys(m))
			m[keys[0]], m[keys[1]], m[keys[2]] = m[keys[1]], m[keys[2]], m[keys[0]]
		},
	}
	for what, change := range changes {
		r := newRecord(5)
		change(r)
		if r.digest() == newRecord(5).digest() {
			t.Errorf("%s: the digest stays the same", what)
		}
	}
	seen := map[uint64]bool{}
	for seed := range uint64(1000) {
		seen[newRecord(seed).digest()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 records have %d digests", len(seen))
	}
}

func anyKey(m map[string]int64) string {
	for k := range m {
		return k
	}
	return ""
}
