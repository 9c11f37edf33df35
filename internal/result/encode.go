package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/perf/benchfmt"
)

// MaxRounds is far above any run; it keeps a wrong number from asking for all
// the memory there is.
const MaxRounds = 100_000

// FormatVersion is the version of the file format that this package writes
// and the newest that it reads.
const FormatVersion = 1

const (
	mark = "# nonrev " // begins every line that other readers must skip

	// maxLine keeps clear of the 64 KiB at which benchfmt, and with it
	// benchstat, gives up on a file.
	maxLine = 60 << 10
	// maxText is how much of an error and of a child's log is kept, before
	// escaping, which may make six bytes of one.
	maxText, maxLog = 1 << 10, 7 << 10
	// maxFinding is how much of each text of a finding is kept: 25 findings
	// must fit on the line of the run.
	maxFinding = 500
	// planChunk is how many cells of the plan stand on one line.
	planChunk = 20
)

// sampleLine is what a sample carries beside its benchmark line.
type sampleLine struct {
	Round     int      `json:"round"`
	OutsideNS float64  `json:"outsideNS,omitempty"`
	WindowNS  float64  `json:"windowNS,omitempty"`
	StealNS   float64  `json:"stealNS,omitempty"`
	Warm      int      `json:"warm,omitempty"`
	RanNS     float64  `json:"ranNS,omitempty"`
	Loop      string   `json:"loop,omitempty"`
	Latency   string   `json:"latency,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Void      string   `json:"void,omitempty"`
	Line      string   `json:"line,omitempty"` // of a void sample, which has no line of its own
}

type failureLine struct {
	Cell  string `json:"cell"`
	Round int    `json:"round"`
	Kind  string `json:"kind"`
	Text  string `json:"text"`
	Log   string `json:"log,omitempty"`
}

type blankLine struct {
	Cell   string `json:"cell"`
	Reason string `json:"reason"`
}

// An encoder writes records to its buffer. A record that cannot be written
// leaves the buffer as it was.
type encoder struct {
	buf     bytes.Buffer
	line    []byte // room for a benchmark line
	head    []byte // room for the head of a sample
	cells   map[Cell]*written
	last    Cell
	latency latencyChecker
	latest  *written // of last: a finished file names a cell many times in a row
}

// written is a cell whose name is checked.
type written struct {
	name  string
	shape shape // of its last sample
}

func newEncoder() *encoder { return &encoder{cells: map[Cell]*written{}} }

// header writes all that comes before the first sample.
func (e *encoder) header(run Run, plan []Cell, blanks []Blank) error {
	run.Version = FormatVersion
	run.Findings = slices.Clone(run.Findings)
	for i := range run.Findings {
		run.Findings[i].clip()
	}
	if err := run.checkRounds(); err != nil {
		return err
	}
	for _, k := range [][2]string{{"goos", run.GOOS}, {"goarch", run.GOARCH}, {"cpu", run.CPU}} {
		if v := strings.Join(strings.Fields(k[1]), " "); v != "" {
			fmt.Fprintf(&e.buf, "%s: %s\n", k[0], v)
		}
	}
	lines := benchfmt.NewWriter(&e.buf)
	for _, u := range units {
		meta := &benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: u.name, Key: u.key}, OrigUnit: u.name, Value: u.value}
		if err := lines.Write(meta); err != nil {
			return err
		}
	}
	if err := e.comment("", run); err != nil {
		return err
	}
	if err := e.plan(plan); err != nil {
		return err
	}
	for _, b := range blanks {
		if err := e.blank(b); err != nil {
			return err
		}
	}
	return nil
}

func (f *Finding) clip() {
	for _, text := range []*string{&f.What, &f.Value, &f.Spoils, &f.Remedy} {
		*text = clip(*text, maxFinding)
	}
}

func (e *encoder) blank(b Blank) error {
	name, err := e.name(b.Cell)
	if err != nil {
		return err
	}
	return e.comment("blank ", blankLine{name, clip(b.Reason, maxText)})
}

func (e *encoder) plan(cells []Cell) error {
	names := make([]string, len(cells))
	seen := make(map[string]bool, len(cells))
	for i, c := range cells {
		name, err := e.name(c)
		if err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("%s is planned twice", name)
		}
		names[i], seen[name] = name, true
	}
	for len(names) > 0 {
		n := min(planChunk, len(names))
		if err := e.comment("plan ", names[:n]); err != nil {
			return err
		}
		names = names[n:]
	}
	return nil
}

// sample writes a sample's comment line directly before its benchmark line,
// or one comment line that holds both when the sample is void.
func (e *encoder) sample(s *Sample) error {
	if err := e.benchmark(s); err != nil {
		return err
	}
	if err := e.sampleHead(s); err != nil || s.Void != "" {
		return err
	}
	e.buf.Write(e.line)
	return nil
}

// sampleHead writes the comment line of a sample whose benchmark line is known.
func (e *encoder) sampleHead(s *Sample) error {
	head, ok := s.appendHead(append(e.head[:0], mark+"sample "...))
	e.head = head
	if ok && len(head) <= maxLine {
		e.buf.Write(head)
		return nil
	}
	c := sampleLine{
		Round: s.Round, OutsideNS: s.OutsideNS, WindowNS: s.WindowNS, StealNS: s.StealNS,
		Warm: s.Warm, RanNS: s.RanNS, Loop: s.Loop, Latency: s.Latency, Warnings: s.Warnings, Void: s.Void,
	}
	if s.Void != "" {
		c.Line = strings.TrimSpace(string(e.line))
	}
	return e.comment("sample ", c)
}

// benchmark makes the benchmark line of a sample as benchfmt would.
func (e *encoder) benchmark(s *Sample) error {
	c, err := e.cell(s.Cell)
	if err != nil {
		return err
	}
	if err := s.valid(&c.shape, &e.latency); err != nil {
		return fmt.Errorf("sample of %s: %w", c.name, err)
	}
	b := append(append(e.line[:0], "Benchmark"...), c.name...)
	b = strconv.AppendInt(append(b, ' '), int64(s.Passes), 10)
	for _, i := range c.shape.order {
		v := s.Values[i]
		b = strconv.AppendFloat(append(b, ' '), v.Value, 'g', -1, 64)
		b = append(append(b, ' '), v.Unit...)
	}
	e.line = append(b, '\n')
	if len(b) >= maxLine {
		return fmt.Errorf("sample of %s: its line would be %d bytes long, %d are allowed", c.name, len(e.line), maxLine)
	}
	return nil
}

// Valid tells why a sample cannot be written: what it says cannot have been measured.
func (s Sample) Valid() error { return s.valid(new(shape), new(latencyChecker)) }

// valid is Valid. It makes sh the sample's shape.
func (s *Sample) valid(sh *shape, lc *latencyChecker) error {
	if err := s.check(sh, lc); err != nil {
		return err
	}
	return s.believe(sh)
}

// check tells what keeps a sample from being written or read. It makes sh the
// sample's shape.
func (s *Sample) check(sh *shape, lc *latencyChecker) error {
	switch {
	case s.Round < 0 || s.Round >= MaxRounds:
		return fmt.Errorf("round %d is not from 0 to %d", s.Round, MaxRounds-1)
	case s.Passes < 1:
		return fmt.Errorf("%d passes", s.Passes)
	case s.Warm < 0:
		return fmt.Errorf("%d passes of warm-up", s.Warm)
	case len(s.Values) == 0:
		return errors.New("no values")
	case notFinite(s.OutsideNS) || notFinite(s.WindowNS) || notFinite(s.StealNS):
		return fmt.Errorf("outside CPU time %v or stolen %v in %v ns is not a number", s.OutsideNS, s.StealNS, s.WindowNS)
	case notFinite(s.RanNS) || s.RanNS < 0:
		return fmt.Errorf("%v ns inside passes cannot have been measured", s.RanNS)
	case s.Loop != "" && s.Loop != Open && s.Loop != Closed:
		return fmt.Errorf("loop %q is neither %s nor %s", s.Loop, Open, Closed)
	case s.Latency != "" && s.Loop == "":
		return errors.New("latencies without the loop that they were measured in")
	}
	for _, v := range s.Values {
		if notFinite(v.Value) {
			return fmt.Errorf("%v %s is not a number", v.Value, v.Unit)
		}
	}
	if s.Latency != "" {
		if err := lc.check(s.Latency); err != nil {
			return fmt.Errorf("latencies: %w", err)
		}
	}
	return sh.fit(s.Values)
}

// least and most bound what a unit of ours can measure: 1e15 ns are twelve days.
const least, most = 1e-15, 1e15

// believe tells which value no measurement of ours can have been. Only
// overhead, a difference, may be below 0. The shape is that of the sample.
func (s *Sample) believe(sh *shape) error {
	for i, v := range s.Values {
		zero := v.Value == 0 && v.Unit != WallNS && v.Unit != TaskRate
		if v.Unit == OverheadNS || zero || sh.ranks[i] == len(units) {
			continue
		}
		if !(v.Value >= least && v.Value <= most) {
			return fmt.Errorf("%v %s cannot have been measured", v.Value, v.Unit)
		}
	}
	return nil
}

// checkRounds tells whether so many rounds may be planned.
func (r Run) checkRounds() error {
	if r.Rounds < 0 || r.Rounds > MaxRounds {
		return fmt.Errorf("%d planned rounds: choose at most %d", r.Rounds, MaxRounds)
	}
	return nil
}

func notFinite(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

func (e *encoder) failure(f Failure) error {
	name, err := e.name(f.Cell)
	if err != nil {
		return err
	}
	if f.Round < 0 || f.Round >= MaxRounds {
		return fmt.Errorf("failure of %s: round %d is not from 0 to %d", name, f.Round, MaxRounds-1)
	}
	return e.comment("failure ", failureLine{name, f.Round, clip(f.Kind, maxText), clip(f.Text, maxText), clip(f.Log, maxLog)})
}

// comment writes one "# nonrev" line.
func (e *encoder) comment(kind string, v any) error {
	start := e.buf.Len()
	e.buf.WriteString(mark + kind)
	enc := json.NewEncoder(&e.buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	if n := e.buf.Len() - start; err == nil && n > maxLine {
		err = fmt.Errorf("it would be %d bytes long, %d are allowed: shorten names and notes", n, maxLine)
	}
	if err != nil {
		e.buf.Truncate(start)
		return fmt.Errorf("writing a %sline: %w", kind, err)
	}
	return nil
}

// name is the cell's name if it reads back as the cell.
func (e *encoder) name(c Cell) (string, error) {
	w, err := e.cell(c)
	if err != nil {
		return "", err
	}
	return w.name, nil
}

func (e *encoder) cell(c Cell) (*written, error) {
	if e.latest != nil && e.last == c {
		return e.latest, nil
	}
	w := e.cells[c]
	if w == nil {
		w = &written{name: c.Name()}
		if back, err := ParseName(w.name); err != nil {
			return nil, err
		} else if back != c.Canon() {
			return nil, fmt.Errorf("name %s would read back as another cell: check its Other parts", w.name)
		}
		e.cells[c] = w
	}
	e.last, e.latest = c, w
	return w, nil
}

// clip keeps the end of a text that is longer than most, and says so. What it
// returns it leaves as it is, so that a file may be rewritten.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, string(unicode.ReplacementChar)) // as json does
	if len(s) <= most {
		return s
	}
	const note = "(%d bytes left out) "
	cut := len(s) - most + len(note) + 20
	for !utf8.RuneStart(s[cut]) {
		cut++
	}
	return fmt.Sprintf(note, cut) + s[cut:]
}
