package runners

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// A record is a message with nested fields, as programs have them: 1 KiB in its
// binary form, whatever the seed.
type record struct {
	ID    uint64   `json:"id"`
	Name  string   `json:"name"`
	Tags  []string `json:"tags"`
	Items []item   `json:"items"`
}

type item struct {
	Name       string           `json:"name"`
	Count      int64            `json:"count"`
	Price      float64          `json:"price"`
	Attributes map[string]int64 `json:"attributes"`
}

// newRecord fills a record from a seed; another seed changes every field.
func newRecord(seed uint64) *record {
	from := rand.New(rand.NewPCG(seed, 1))
	r := &record{ID: from.Uint64(), Name: letters(from, 36), Tags: make([]string, 6), Items: make([]item, 8)}
	for i := range r.Tags {
		r.Tags[i] = letters(from, 24)
	}
	for i := range r.Items {
		it := item{letters(from, 16), int64(from.Uint64()), 1000 * from.NormFloat64(), map[string]int64{}}
		for len(it.Attributes) < 3 {
			it.Attributes[letters(from, 8)] = from.Int64N(1000)
		}
		r.Items[i] = it
	}
	return r
}

func letters(from *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(from.IntN(26))
	}
	return string(b)
}

// empty makes r a record in which nothing is set, and keeps its slices and
// maps for reuse.
func (r *record) empty() {
	items := r.Items[:cap(r.Items)]
	for i := range items {
		clear(items[i].Attributes)
		items[i] = item{Attributes: items[i].Attributes}
	}
	*r = record{Tags: r.Tags[:0], Items: items[:0]}
}

// digest tells records apart: it depends on every field and on the order of
// what has one. It allocates nothing.
func (r *record) digest() uint64 {
	d := digester(len(r.Tags))
	d.add(r.ID)
	d.text(r.Name)
	for _, t := range r.Tags {
		d.text(t)
	}
	for i := range r.Items {
		it := &r.Items[i]
		d.text(it.Name)
		d.add(uint64(it.Count))
		d.add(math.Float64bits(it.Price))
		sum := uint64(len(it.Attributes))
		for name, v := range it.Attributes { // a sum, since a map has no order
			var one digester
			one.text(name)
			one.add(uint64(v))
			sum += uint64(one)
		}
		d.add(sum)
	}
	return uint64(d)
}

type digester uint64

// add mixes a word in. Adding is a bijection of the digest for every word, so
// that no word makes the digest forget what came before.
func (d *digester) add(word uint64) {
	*d = digester(bits.RotateLeft64((uint64(*d)^word)*0x9e3779b97f4a7c15, 29))
}

// text mixes a string in, 8 bytes at a time.
func (d *digester) text(s string) {
	d.add(uint64(len(s)))
	for ; len(s) >= 8; s = s[8:] {
		d.add(uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
	}
	for i := range len(s) {
		d.add(uint64(s[i]))
	}
}
