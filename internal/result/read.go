package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// maxFile is far above any result file; it keeps a wrong path from filling
// the memory.
const maxFile = 1 << 30

// Read reads a result file, ours or any Go benchmark output.
//
// In a file of ours whatever is not as the Writer left it is an error that
// names the line, except a record that is cut off at the end, which an
// interruption leaves: it is left out with a warning and the file counts as
// interrupted. In a foreign file, one without "# nonrev" lines, a sample's
// round is the order of its appearance under its name, and lines that cannot
// be read are left out with a warning, as benchstat does.
func Read(path string) (*File, error) {
	data, err := Load(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Load returns the bytes of a file that may be a result file.
func Load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes: is this a benchmark file?", path, maxFile)
	}
	return data, nil
}

// IsBenchmark tells whether a line of data is that of a benchmark, or ours.
func IsBenchmark(data []byte) bool {
	for _, begin := range []string{"Benchmark", mark} {
		if bytes.HasPrefix(data, []byte(begin)) || bytes.Contains(data, []byte("\n"+begin)) {
			return true
		}
	}
	return false
}

// Parse reads what Load returned, as Read does; path is the file's name in
// errors.
func Parse(path string, data []byte) (*File, error) {
	r := &reader{path: path, out: &File{Path: path}, names: map[string]*named{}}
	data = r.survey(data)
	if err := r.read(data); err != nil {
		return nil, err
	}
	for range r.out.missing() {
		r.out.Interrupted = true
		break
	}
	return r.out, nil
}

// A reader merges two views of a file by line number: benchmark lines by
// benchfmt, and our comment lines, which benchfmt skips.
type reader struct {
	path     string
	ours     bool
	comments []comment // that are still to come
	out      *File

	pending *comment   // sample line that waits for its benchmark line
	head    sampleLine // what it says
	begun   bool       // a benchmark line was read
	keys    string     // file keys in force
	scratch []byte
	names   map[string]*named // by file keys and name
	slab    []Value           // room for values: one allocation serves many samples
}

// A comment is a "# nonrev" line.
type comment struct {
	line   int
	offset int64 // of its first byte in the file
	text   []byte
}

// named is what a benchmark name stands for and which rounds it had.
type named struct {
	cell  Cell
	lines map[int]int // of the sample, by round
}

// survey finds the comment lines, makes room for the samples, and cuts off a
// last line that has no end if the file is ours.
func (r *reader) survey(data []byte) []byte {
	line, samples := 0, 0
	r.comments = make([]comment, 0, bytes.Count(data, []byte("\n"+mark))+1)
	for at := 0; at < len(data); {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			end = len(data) - at
		}
		text := data[at : at+end]
		line++
		switch {
		case bytes.HasPrefix(text, []byte(mark)):
			r.comments = append(r.comments, comment{line, int64(at), text[len(mark):]})
		case bytes.HasPrefix(text, []byte("Benchmark")):
			samples++
		}
		at += end + 1
	}
	r.ours = len(r.comments) > 0
	r.out.Samples = make([]Sample, 0, samples)
	whole := bytes.LastIndexByte(data, '\n') + 1
	if r.ours && whole < len(data) {
		r.cutOff(line)
		if last := len(r.comments) - 1; r.comments[last].line == line {
			r.comments = r.comments[:last]
		}
		data = data[:whole]
	}
	r.out.whole = int64(len(data))
	return data
}

// cutOff notes that the file ends in the middle of a record.
func (r *reader) cutOff(line int) {
	r.out.Interrupted = true
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("line %d is cut off and left out", line))
}

func (r *reader) read(data []byte) error {
	lines := benchfmt.NewReader(bytes.NewReader(data), r.path)
	for lines.Scan() {
		record := lines.Result()
		_, line := record.Pos()
		if err := r.commentsBefore(line); err != nil {
			return err
		}
		var err error
		switch record := record.(type) {
		case *benchfmt.Result:
			err = r.benchmark(record, line)
		case *benchfmt.SyntaxError:
			err = r.bad(line, record.Msg)
		}
		if err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: a line is too long: is this a benchmark file?", err)
	}
	if err := r.commentsBefore(math.MaxInt); err != nil {
		return err
	}
	return r.end()
}

// end checks what can be known only at the end of the file.
func (r *reader) end() error {
	if r.pending != nil {
		r.cutOff(r.pending.line)
		r.out.whole = r.pending.offset
	}
	switch {
	case r.ours && r.out.Run.Version == 0:
		return fmt.Errorf("%s: the \"%s{...}\" line is missing: take a whole copy of the file", r.path, mark)
	case !r.ours && len(r.out.Samples) == 0:
		return fmt.Errorf("%s: no benchmark lines: give a file of nonrev run or of go test -bench", r.path)
	}
	return nil
}

// bad deals with a line that cannot be used.
func (r *reader) bad(line int, what string) error {
	if r.ours {
		return fmt.Errorf("%s:%d: %s: the file is damaged here; take a good copy, or delete this record", r.path, line, what)
	}
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("line %d is left out: %s", line, what))
	return nil
}

// commentsBefore reads the comment lines above a line.
func (r *reader) commentsBefore(line int) error {
	for len(r.comments) > 0 && r.comments[0].line < line {
		c := r.comments[0]
		r.comments = r.comments[1:]
		if r.pending != nil {
			return r.bad(r.pending.line, "a sample without its benchmark line")
		}
		if err := r.comment(c); errors.Is(err, errNewer) {
			return fmt.Errorf("%s:%d: format version %d is %w", r.path, c.line, r.out.Run.Version, err)
		} else if err != nil {
			return r.bad(c.line, err.Error())
		}
	}
	return nil
}

// comment reads one "# nonrev" line.
func (r *reader) comment(c comment) error {
	if bytes.HasPrefix(c.text, []byte("{")) {
		return r.run(c.text)
	}
	kind, body, _ := bytes.Cut(c.text, []byte(" "))
	switch string(kind) {
	case "plan":
		return r.plan(body)
	case "sample":
		return r.sampleHead(c, body)
	case "failure":
		return r.failure(body)
	case "blank":
		return r.blank(body)
	}
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("line %d is of a kind that this version does not know and is left out", c.line))
	return nil
}

// errNewer is no damage.
var errNewer = errors.New("newer than this program: written by a newer nonrev: use that one")

func (r *reader) run(body []byte) error {
	if r.out.Run.Version != 0 {
		return errors.New("a second run begins in the same file, which must be given as a file of its own")
	}
	if err := json.Unmarshal(body, &r.out.Run); err != nil {
		return err
	}
	switch run := r.out.Run; {
	case run.Version > FormatVersion:
		return errNewer
	case run.Version < 1:
		return fmt.Errorf("format version %d", run.Version)
	}
	return r.out.Run.checkRounds()
}

func (r *reader) plan(body []byte) error {
	var names []string
	if err := json.Unmarshal(body, &names); err != nil {
		return err
	}
	for _, name := range names {
		c, err := ParseName(name)
		if err != nil {
			return err
		}
		r.out.Plan = append(r.out.Plan, c)
	}
	return nil
}

func (r *reader) failure(body []byte) error {
	var f failureLine
	if err := json.Unmarshal(body, &f); err != nil {
		return err
	}
	c, err := ParseName(f.Cell)
	if err != nil {
		return err
	}
	if f.Round < 0 || f.Round >= MaxRounds {
		return fmt.Errorf("round %d", f.Round)
	}
	r.out.Failures = append(r.out.Failures, Failure{c, f.Round, f.Kind, f.Text, f.Log})
	return nil
}

func (r *reader) blank(body []byte) error {
	var b blankLine
	if err := json.Unmarshal(body, &b); err != nil {
		return err
	}
	c, err := ParseName(b.Cell)
	r.out.Blanks = append(r.out.Blanks, Blank{c, b.Reason})
	return err
}

// sampleHead reads the comment line of a sample: all of a void one, the head
// of any other, whose benchmark line must follow.
func (r *reader) sampleHead(c comment, body []byte) error {
	r.head = sampleLine{}
	if !r.head.quick(body) {
		r.head = sampleLine{}
		if err := json.Unmarshal(body, &r.head); err != nil {
			return err
		}
	}
	if r.head.Void == "" {
		r.pending = &c
		return nil
	}
	lines := benchfmt.NewReader(strings.NewReader(r.head.Line), r.path)
	if !lines.Scan() {
		return errors.New("a void sample without its values")
	}
	res, ok := lines.Result().(*benchfmt.Result)
	if !ok {
		return errors.New("a void sample whose values cannot be read")
	}
	return r.sample(res, c.line)
}

// quick reads the form of nearly every sample line, numbers alone, which json
// takes many times as long for. It tells whether the line has that form.
func (s *sampleLine) quick(b []byte) bool {
	number := func(field string) float64 {
		rest, found := bytes.CutPrefix(b, []byte(field))
		end := bytes.IndexAny(rest, ",}")
		if !found || end < 0 {
			return 0
		}
		v, err := strconv.ParseFloat(string(rest[:end]), 64)
		if err != nil {
			return 0
		}
		b = rest[end:]
		return v
	}
	round := number(`{"round":`)
	s.Round, s.OutsideNS, s.WindowNS = int(round), number(`,"outsideNS":`), number(`,"windowNS":`)
	return string(b) == "}" && float64(s.Round) == round
}

// benchmark reads one benchmark line.
func (r *reader) benchmark(res *benchfmt.Result, line int) error {
	if err := r.fileKeys(res); err != nil {
		return r.bad(line, err.Error())
	}
	if r.ours {
		if r.pending == nil || r.pending.line != line-1 {
			return r.bad(line, "a benchmark line without its sample line before it")
		}
		r.pending = nil
	}
	if err := r.sample(res, line); err != nil {
		return r.bad(line, err.Error())
	}
	return nil
}

// fileKeys follows the "key: value" lines. Files of ours have one machine;
// foreign ones may change packages and machines as they go.
func (r *reader) fileKeys(res *benchfmt.Result) error {
	b := r.scratch[:0]
	for _, c := range res.Config {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(append(append(b, c.Key...), '='), c.Value...)
	}
	r.scratch = b
	first := !r.begun
	r.begun = true
	if string(b) == r.keys {
		return nil
	}
	r.keys = string(b)
	switch {
	case r.ours && !first:
		return errors.New("goos, goarch or cpu change in the middle of a run")
	case !r.ours && first:
		r.out.Run.GOOS, r.out.Run.GOARCH, r.out.Run.CPU = res.GetConfig("goos"), res.GetConfig("goarch"), res.GetConfig("cpu")
	}
	return nil
}

// sample adds the sample of a benchmark line, in a file of ours with what its
// head says.
func (r *reader) sample(res *benchfmt.Result, line int) error {
	n, err := r.named(res.Name)
	if err != nil {
		return err
	}
	s := Sample{
		Cell: n.cell, Round: r.head.Round, Passes: res.Iters, Values: r.values(res.Values), Void: r.head.Void,
		OutsideNS: r.head.OutsideNS, WindowNS: r.head.WindowNS, StealNS: r.head.StealNS, Warnings: r.head.Warnings,
		Warm: r.head.Warm, RanNS: r.head.RanNS, Loop: r.head.Loop, Latency: r.head.Latency,
	}
	if !r.ours {
		s.Round, s.Keys = len(n.lines), r.keys
	}
	if err := s.check(); err != nil {
		return err
	}
	if r.ours {
		if r.out.Run.Version > 0 && s.Round >= r.out.Run.Rounds+MaxReplacements {
			return fmt.Errorf("round %d of %s is beyond the %d that are planned and %d that may replace void samples", s.Round, res.Name, r.out.Run.Rounds, MaxReplacements)
		}
		if err := s.believe(); err != nil {
			return err
		}
	}
	if first, again := n.lines[s.Round]; again {
		return fmt.Errorf("round %d of %s stands in line %d already", s.Round, res.Name, first)
	}
	n.lines[s.Round] = line
	r.out.Samples = append(r.out.Samples, s)
	return nil
}

// named looks a benchmark name up, under the file keys in force if the file
// is foreign.
func (r *reader) named(name []byte) (*named, error) {
	b := append(r.scratch[:0], name...)
	if !r.ours {
		b = append(append(b, ' '), r.keys...)
	}
	r.scratch = b
	if n, ok := r.names[string(b)]; ok {
		return n, nil
	}
	n := &named{lines: map[int]int{}}
	if r.ours {
		c, err := ParseName(string(name))
		if err != nil {
			return nil, err
		}
		n.cell = c
	} else {
		n.cell = foreign(string(name))
	}
	r.names[string(b)] = n
	return n, nil
}

// values copies the values as the file has them, before benchfmt made
// seconds of nanoseconds.
func (r *reader) values(from []benchfmt.Value) []Value {
	if cap(r.slab)-len(r.slab) < len(from) {
		r.slab = make([]Value, 0, max(4096, len(from)))
	}
	start := len(r.slab)
	for _, v := range from {
		if v.OrigUnit != "" {
			v.Value, v.Unit = v.OrigValue, v.OrigUnit
		}
		r.slab = append(r.slab, Value{v.Unit, v.Value})
	}
	return r.slab[start:len(r.slab):len(r.slab)]
}
