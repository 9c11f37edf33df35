package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
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
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil {
		data.Grow(int(min(info.Size(), maxFile)) + bytes.MinRead)
	}
	if _, err := data.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return nil, err
	}
	if data.Len() > maxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes: is this a benchmark file?", path, maxFile)
	}
	return data.Bytes(), nil
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
	f, err := parse(path, data, true)
	if errors.Is(err, errUneven) {
		f, err = parse(path, data, false)
	}
	return f, err
}

func parse(path string, data []byte, apart bool) (*File, error) {
	r := readerOf(path)
	r.stale, r.apart = true, apart
	r.survey(data)
	if err := r.read(); err != nil {
		return nil, err
	}
	for range r.out.missingBut(r.rounds) {
		r.out.Interrupted = true
		break
	}
	return r.out, nil
}

// A reader goes through a file line by line. It reads our comment lines and,
// in the form in which nonrev writes them, benchmark lines; benchfmt reads all
// other lines, and any benchmark line that follows one of those, so that what
// they mean for it is not lost.
type reader struct {
	path string
	ours bool
	out  *File
	data []byte // that is still to be read
	part []byte // of a line of benchfmt's that it did not take yet
	at   spot   // of the line that was read last
	next int64  // where the next one starts
	err  error  // that ended the reading of lines

	apart   bool       // the rest may be read in parts
	pending spot       // sample line that waits for its benchmark line
	head    sampleLine // what it says
	begun   bool       // a benchmark line was read
	stale   bool       // lines that only benchfmt knows were read since the last benchmark line
	keys    string     // file keys in force
	scratch []byte
	names   map[string]*named // by file keys and name
	cells   map[Cell]*named   // of a file of ours
	units   map[string]string
	values  []Value // of the line read last
	latency latencyChecker
	slab    []Value // room for values: one allocation serves many samples
}

func readerOf(path string) *reader {
	return &reader{path: path, out: &File{Path: path}, names: map[string]*named{}, cells: map[Cell]*named{}, units: map[string]string{}}
}

// named is what a benchmark name stands for and what it had so far.
type named struct {
	cell   Cell
	rounds map[int]int // the line of each
	shape  shape       // of its last sample
}

// survey tells whether the file is ours, makes room for the samples, and cuts
// off a last line that has no end if the file is ours.
func (r *reader) survey(data []byte) {
	r.ours = bytes.HasPrefix(data, []byte(mark)) || bytes.Contains(data, []byte("\n"+mark))
	if r.ours {
		r.out.Samples = make([]Sample, 0, bytes.Count(data, sampleMark))
	} else {
		r.out.Samples = make([]Sample, 0, bytes.Count(data, []byte("\nBenchmark"))+1)
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	if r.ours && whole < len(data) {
		r.cutOff(bytes.Count(data, []byte("\n")) + 1)
		data = data[:whole]
	}
	r.data, r.out.whole = data, int64(len(data))
}

// cutOff notes that the file ends in the middle of a record.
func (r *reader) cutOff(line int) {
	r.out.Interrupted = true
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("line %d is cut off and left out", line))
}

// A spot is a line and where it starts.
type spot struct {
	line   int
	offset int64
}

func (r *reader) read() error {
	lines := benchfmt.NewReader(r, r.path)
	for lines.Scan() {
		var err error
		switch record := lines.Result().(type) {
		case *benchfmt.Result:
			err = r.result(record)
		case *benchfmt.SyntaxError:
			err = r.bad(r.at.line, record.Msg)
		}
		if err != nil {
			return err
		}
	}
	if r.err != nil {
		return r.err
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w: a line is too long: is this a benchmark file?", r.path, r.at.line, errors.Unwrap(err))
	}
	return r.end()
}

// Read gives benchfmt the next line that it is to read, one a call, so that
// its records come in step with what is read here.
func (r *reader) Read(p []byte) (int, error) {
	for len(r.part) == 0 {
		if r.apart && r.begun && !r.stale {
			r.apart = false
			r.err = r.inParts()
		}
		if len(r.data) == 0 || r.err != nil {
			return 0, io.EOF
		}
		r.err = r.advance()
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	return n, nil
}

// advance reads the next line, or leaves it to benchfmt.
func (r *reader) advance() error {
	end := bytes.IndexByte(r.data, '\n') + 1
	if end == 0 {
		end = len(r.data)
	}
	whole := r.data[:end]
	r.data = r.data[end:]
	r.at = spot{r.at.line + 1, r.next}
	r.next += int64(end)
	text := bytes.TrimSuffix(whole, []byte("\n"))
	switch {
	case len(text) >= bufio.MaxScanTokenSize: // benchfmt gives up on it
	case bytes.HasPrefix(text, []byte(mark)):
		return r.comment(text[len(mark):])
	case !r.stale && bytes.HasPrefix(text, []byte("Benchmark")):
		if l, ok := r.plain(text); ok {
			return r.benchmark(l)
		}
	default:
		r.stale = true
	}
	r.part = whole
	return nil
}

// result reads one benchmark line as benchfmt understood it.
func (r *reader) result(res *benchfmt.Result) error {
	r.stale = false
	if err := r.fileKeys(res); err != nil {
		return r.bad(r.at.line, err.Error())
	}
	return r.benchmark(r.asWritten(res))
}

// asWritten is a line's values as the file has them, before benchfmt made
// seconds of nanoseconds.
func (r *reader) asWritten(res *benchfmt.Result) line {
	r.values = r.values[:0]
	for _, v := range res.Values {
		if v.OrigUnit != "" {
			v.Value, v.Unit = v.OrigValue, v.OrigUnit
		}
		r.values = append(r.values, Value{v.Unit, v.Value})
	}
	return line{res.Name, res.Iters, r.values}
}

// end checks what can be known only at the end of the file.
func (r *reader) end() error {
	if r.pending.line > 0 {
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

// comment reads one "# nonrev" line.
func (r *reader) comment(text []byte) error {
	if r.pending.line > 0 {
		return r.bad(r.pending.line, "a sample without its benchmark line")
	}
	if err := r.record(text); errors.Is(err, errNewer) {
		return fmt.Errorf("%s:%d: format version %d is %w", r.path, r.at.line, r.out.Run.Version, err)
	} else if err != nil {
		return r.bad(r.at.line, err.Error())
	}
	return nil
}

// record reads what a "# nonrev" line says.
func (r *reader) record(text []byte) error {
	if bytes.HasPrefix(text, []byte("{")) {
		return r.run(text)
	}
	if r.out.Run.Version == 0 {
		return fmt.Errorf("the \"%s{...}\" line is missing before it", mark)
	}
	kind, body, _ := bytes.Cut(text, []byte(" "))
	switch string(kind) {
	case "plan":
		return r.plan(body)
	case "sample":
		return r.sampleHead(body)
	case "failure":
		return r.failure(body)
	case "blank":
		return r.blank(body)
	}
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("line %d is of a kind that this version does not know and is left out", r.at.line))
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
	if f.Round < 0 {
		return fmt.Errorf("round %d", f.Round)
	}
	if err := r.reach(f.Round, []byte(f.Cell)); err != nil {
		return err
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
func (r *reader) sampleHead(body []byte) error {
	r.head = sampleLine{}
	if !r.head.quick(body) {
		r.head = sampleLine{}
		if err := json.Unmarshal(body, &r.head); err != nil {
			return err
		}
	}
	if r.head.Void == "" {
		r.pending = r.at
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
	return r.sample(r.asWritten(res))
}

// benchmark reads one benchmark line.
func (r *reader) benchmark(l line) error {
	if r.ours {
		if r.pending.line == 0 || r.pending.line != r.at.line-1 {
			return r.bad(r.at.line, "a benchmark line without its sample line before it")
		}
		r.pending = spot{}
	}
	if err := r.sample(l); err != nil {
		return r.bad(r.at.line, err.Error())
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
func (r *reader) sample(l line) error {
	n, err := r.named(l.name)
	if err != nil {
		return err
	}
	h := &r.head
	s := Sample{
		Cell: n.cell, Round: h.Round, Passes: l.passes, Values: r.keep(l.values), Void: h.Void,
		OutsideNS: h.OutsideNS, WindowNS: h.WindowNS, StealNS: h.StealNS, Warnings: h.Warnings,
		Warm: h.Warm, RanNS: h.RanNS, Loop: h.Loop, Latency: h.Latency,
	}
	if !r.ours {
		s.Round, s.Keys = len(n.rounds), r.keys
	}
	if err := s.check(&n.shape, &r.latency); err != nil {
		return err
	}
	if r.ours {
		if err := r.reach(s.Round, l.name); err != nil {
			return err
		}
		if err := s.believe(&n.shape); err != nil {
			return err
		}
	}
	if first, again := n.rounds[s.Round]; again {
		return fmt.Errorf("round %d of %s stands in line %d already", s.Round, l.name, first)
	}
	n.rounds[s.Round] = r.at.line
	r.out.Samples = append(r.out.Samples, s)
	return nil
}

// reach tells whether a run of so many planned rounds can have come to a round.
func (r *reader) reach(round int, name []byte) error {
	if planned := r.out.Run.Rounds; round >= planned+MaxReplacements {
		return fmt.Errorf("round %d of %s is beyond the %d that are planned and %d that may replace void samples", round, name, planned, MaxReplacements)
	}
	return nil
}

// named looks a benchmark name up, under the file keys in force if the file
// is foreign.
func (r *reader) named(name []byte) (*named, error) {
	b := name
	if !r.ours {
		b = append(append(append(r.scratch[:0], name...), ' '), r.keys...)
		r.scratch = b
	}
	n, known := r.names[string(b)]
	if known {
		return n, nil
	}
	n = &named{rounds: map[int]int{}}
	if r.ours {
		c, err := ParseName(string(name))
		if err != nil {
			return nil, err
		}
		if same := r.cells[c]; same != nil { // spelled in another way
			n = same
		}
		n.cell, r.cells[c] = c, n
	} else {
		n.cell = foreign(string(name))
	}
	r.names[string(b)] = n
	return n, nil
}

// rounds returns the rounds in which the file has a sample of a cell.
func (r *reader) rounds(c Cell) map[int]int {
	if n := r.cells[c]; n != nil {
		return n.rounds
	}
	return nil
}

// keep copies the values of a line.
func (r *reader) keep(values []Value) []Value {
	if cap(r.slab)-len(r.slab) < len(values) {
		r.slab = make([]Value, 0, max(4096, len(values)))
	}
	start := len(r.slab)
	r.slab = append(r.slab, values...)
	return r.slab[start:len(r.slab):len(r.slab)]
}
