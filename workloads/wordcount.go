package workloads

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
)

// Wordcount is data-heavy map-reduce: every task counts the words of one
// document, and the counts are merged by the caller.
func Wordcount() Workload {
	return Workload{
		Name:  "wordcount",
		Doc:   "data-heavy: count the words of documents and merge the counts (map-reduce)",
		Tasks: []Task{wordcountTask()},
		Knobs: []Knob{
			{"size", "KiB a document", 64, 1, 16 << 10},
			{"docs", "documents a pass, or as many more as can be dealt out evenly", 32, 1, 1 << 16},
			{"skew", "key skew: frequency of the k-th word is 1/k^(skew/10)", 10, 0, 30},
		},
		Ceiling: "spin", // it reads a fraction of a GB/s, far from what memory gives
		Prepare: prepareWordcount,
	}
}

// vocabulary is how many different words there are: enough that a table of
// counts does not fit the first-level cache, few enough that merging the
// tables stays a small part of the pass.
const vocabulary = 512

type wordcountIn struct {
	Stamp uint64
	Text  []byte
}

type wordcountOut struct {
	Stamp  uint64
	Bytes  int
	Counts map[string]int
}

func wordcountTask() *Func[wordcountIn, wordcountOut] {
	return NewTask("wordcount", func(_ Effects, in wordcountIn) (wordcountOut, error) {
		return wordcountOut{in.Stamp, len(in.Text), countWords(in.Text)}, nil
	})
}

// countWords counts runs of letters between spaces.
func countWords(text []byte) map[string]int {
	indexes := make(map[string]int)
	var words []string
	var counts []int
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && text[end] != ' ' {
			end++
		}
		if i, ok := indexes[string(text[start:end])]; ok { // no copy for a known word
			counts[i]++
		} else {
			word := string(text[start:end])
			indexes[word] = len(words)
			words, counts = append(words, word), append(counts, 1)
		}
		start = end + 1
	}
	for i, word := range words {
		indexes[word] = counts[i]
	}
	return indexes
}

func prepareWordcount(p Params) (Job, error) {
	docs := evenly(1, p.Int("docs"), 32*p.Int("docs"), p.Width)
	gen := newTextGenerator(float64(p.Int("skew")) / 10)
	ins := make([]wordcountIn, docs)
	bytes := 0
	for i := range ins {
		ins[i].Text = gen.document(p.Int("size") << 10)
		bytes += len(ins[i].Text)
	}
	return Batch[wordcountIn, wordcountOut]{
		Task:         wordcountTask(),
		Ins:          ins,
		Stamp:        func(in *wordcountIn, stamp uint64) { in.Stamp = stamp },
		Reduce:       mergeCounts,
		PayloadBytes: int64(bytes),
		Check: func(ins []wordcountIn, outs []wordcountOut, _ []int64) error {
			return checkWordcount(ins, outs, bytes, gen.counts)
		},
	}, nil
}

// mergeCounts leaves the sum of all tables in the first, which is what a
// caller of a map-reduce is left with.
func mergeCounts(outs []wordcountOut) {
	total := outs[0].Counts
	if total == nil {
		return // nothing came back; Check says so
	}
	for _, out := range outs[1:] {
		for word, n := range out.Counts {
			total[word] += n
		}
	}
}

func checkWordcount(ins []wordcountIn, outs []wordcountOut, bytes int, want map[string]int) error {
	read := 0
	for i, out := range outs {
		if out.Stamp != ins[i].Stamp {
			return fmt.Errorf("document %d answered for stamp %x instead of %x", i, out.Stamp, ins[i].Stamp)
		}
		read += out.Bytes
	}
	if read != bytes {
		return fmt.Errorf("wordcount: %d bytes read instead of %d", read, bytes)
	}
	got := outs[0].Counts
	if len(got) != len(want) {
		return fmt.Errorf("wordcount: %d different words instead of %d", len(got), len(want))
	}
	for word, n := range want {
		if got[word] != n {
			return fmt.Errorf("wordcount: %q counted %d times instead of %d", word, got[word], n)
		}
	}
	return nil
}

// A textGenerator writes documents and remembers how often it wrote each word:
// that is the known answer, got without counting.
type textGenerator struct {
	words  []string
	upTo   []float64 // upTo[k] is the probability of one of the words 0..k
	rng    *rand.Rand
	counts map[string]int
}

func newTextGenerator(skew float64) *textGenerator {
	g := &textGenerator{rng: rand.New(rand.NewPCG(2010, 7)), counts: map[string]int{}}
	sum := 0.0
	for k := range vocabulary {
		g.words = append(g.words, spell(k))
		sum += math.Pow(float64(k+1), -skew)
		g.upTo = append(g.upTo, sum)
	}
	for k := range g.upTo {
		g.upTo[k] /= sum
	}
	return g
}

// spell is a word of 3 to 9 letters, a different one for every k.
func spell(k int) string {
	w := []byte(strconv.FormatInt(int64(k+26*26), 26))
	for i, c := range w {
		if c <= '9' {
			w[i] = c - '0' + 'q'
		}
	}
	return string(w) + "onandon"[:k%7]
}

// document writes size bytes of words between single spaces; the last word is
// cut out of letters that no other word has, to fill the size exactly.
func (g *textGenerator) document(size int) []byte {
	text := make([]byte, 0, size)
	for {
		word := g.words[min(sort.SearchFloat64s(g.upTo, g.rng.Float64()), vocabulary-1)]
		if len(text)+len(word)+1 >= size {
			break
		}
		text = append(append(text, word...), ' ')
		g.counts[word]++
	}
	fill := make([]byte, size-len(text))
	for i := range fill {
		fill[i] = 'z'
	}
	g.counts[string(fill)]++
	return append(text, fill...)
}

// AppendBinary appends the stamp, then the text.
func (in wordcountIn) AppendBinary(b []byte) ([]byte, error) {
	return append(le.AppendUint64(b, in.Stamp), in.Text...), nil
}

// UnmarshalBinary is the inverse of AppendBinary; the text stays in b.
func (in *wordcountIn) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	in.Stamp, in.Text = f.uint64(), f.b
	return f.err
}

// AppendBinary appends stamp, bytes and, for each word, its count, length and letters.
func (out wordcountOut) AppendBinary(b []byte) ([]byte, error) {
	b = le.AppendUint64(le.AppendUint64(b, out.Stamp), uint64(out.Bytes))
	for word, n := range out.Counts {
		b = le.AppendUint32(b, uint32(n))
		b = append(append(b, byte(len(word))), word...)
	}
	return b, nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (out *wordcountOut) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*out = wordcountOut{f.uint64(), f.int(), make(map[string]int, vocabulary)}
	for b = f.b; len(b) > 0; {
		if len(b) < 5 || len(b) < 5+int(b[4]) {
			return errShort
		}
		end := 5 + int(b[4])
		out.Counts[string(b[5:end])] = int(le.Uint32(b))
		b = b[end:]
	}
	return f.err
}
