package report

import (
	"slices"

	"github.com/nonrev/nonrev/internal/result"
)

// codecs shows what it takes to make bytes of a message, and a message of bytes.
func codecs(d *dataset) section {
	x := d.exchanges()
	passes := x.encoded()
	if len(passes) == 0 {
		return section{}
	}
	s := section{ID: "codec", Title: "What encoding costs", Text: []string{
		"The same exchange in several encodings, of flat bytes and of a record of 1 KiB with nested fields; encoding and decoding are timed apart from what carries the bytes, payload and answer together. raw writes the payload straight into the frame, binary puts lengths before fields, gob keeps its stream open.",
	}}
	f := figure{id: "codec", title: "Encoding and decoding a message", table: "codec", named: true, roomy: true, text: "Time of a message that goes into encoding and decoding. Each part is a median of its own."}
	for _, of := range gather(passes, func(p pass) pass { p.codec = ""; return p }) {
		b := bars{title: of.content(), sub: bearer(of.transport).words + ", " + lowerFirst(of.place.title()) + ", " + of.place.detail(), kind: duration}
		for _, p := range passes {
			if row, same := x.codecBar(p, of); same {
				b.rows = append(b.rows, row)
			}
		}
		if b.longest() > 0 {
			f.charts = append(f.charts, b)
		}
	}
	s.figures = []figure{f}
	s.Tables = []table{x.codecTable(passes)}
	return s
}

// encoded are the passes between processes that were measured in more than one
// encoding, with nothing else different.
func (x exchanges) encoded() []pass {
	kinds := map[pass]int{}
	of := func(p pass) pass { p.codec = ""; return p }
	ours := x.where(func(p pass) bool { return p.model == "subprocess" && p.depth == 1 })
	for _, p := range ours {
		kinds[of(p)]++
	}
	return slices.DeleteFunc(ours, func(p pass) bool { return kinds[of(p)] < 2 })
}

// content names what a message holds.
func (p pass) content() string {
	if p.set == "" {
		return "Bytes, " + payloadName(p.payload)
	}
	return "Record, " + payloadName(p.payload)
}

// codecBar is the bar of a pass, if it differs from another by its encoding
// alone and was timed.
func (x exchanges) codecBar(p, of pass) (bar, bool) {
	row, codec := bar{name: shorten(p.codec)}, p.codec
	p.codec = of.codec
	if p != of {
		return row, false
	}
	p.codec = codec
	look := palette()
	for _, ph := range []phase{{"encode", look[1].ink, result.EncodeNS}, {"decode", look[5].ink, result.DecodeNS}} {
		e := x.phase(p, ph.unit)
		if e.N == 0 {
			return row, false
		}
		row.parts = append(row.parts, part{ph.name, ph.ink, e.Value, row.name + ", " + ph.name + ": " + duration.phrase(e)})
	}
	return row, true
}

func (x exchanges) codecTable(passes []pass) table {
	t := table{ID: "codec", Title: "Every encoding", Columns: []string{"Message", "Encoding", "Over", "Where", "Encode", "Decode", "Time of a message", "CPU time", "Allocations"}}
	for _, p := range passes {
		t.Rows = append(t.Rows, []datum{
			word(p.content()), word(shorten(p.codec)), word(bearer(p.transport).title),
			p.track.spot(p.place),
			x.field(p, duration, result.EncodeNS), x.field(p, duration, result.DecodeNS), x.field(p, duration, result.WallNS), x.field(p, duration, result.CPUNS), x.field(p, plain, result.Allocs),
		})
	}
	return t
}
