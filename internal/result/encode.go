package result

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

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
	buf   bytes.Buffer
	line  bytes.Buffer // what lines wrote last
	lines *benchfmt.Writer
	names map[Cell]string // that are checked
}

func newEncoder() *encoder {
	e := &encoder{names: map[Cell]string{}}
	e.lines = benchfmt.NewWriter(&e.line)
	return e
}

// benchfmt returns a record as benchfmt writes it, valid until the next call.
func (e *encoder) benchfmt(r benchfmt.Record) ([]byte, error) {
	e.line.Reset()
	err := e.lines.Write(r)
	return e.line.Bytes(), err
}

// header writes all that comes before the first sample.
func (e *encoder) header(run Run, plan []Cell, blanks []Blank) error {
	run.Version = FormatVersion
	if err := run.checkRounds(); err != nil {
		return err
	}
	for _, k := range [][2]string{{"goos", run.GOOS}, {"goarch", run.GOARCH}, {"cpu", run.CPU}} {
		if v := strings.Join(strings.Fields(k[1]), " "); v != "" {
			fmt.Fprintf(&e.buf, "%s: %s\n", k[0], v)
		}
	}
	for _, u := range units {
		meta := &benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: u.name, Key: u.key}, OrigUnit: u.name, Value: u.value}
		line, err := e.benchfmt(meta)
		if err != nil {
			return err
		}
		e.buf.Write(line)
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
func (e *encoder) sample(s Sample) error {
	line, err := e.benchmark(s)
	if err != nil {
		return err
	}
	c := sampleLine{
		Round: s.Round, OutsideNS: s.OutsideNS, WindowNS: s.WindowNS, StealNS: s.StealNS,
		Warm: s.Warm, RanNS: s.RanNS, Loop: s.Loop, Latency: s.Latency, Warnings: s.Warnings, Void: s.Void,
	}
	if s.Void != "" {
		c.Line = strings.TrimSpace(string(line))
		return e.comment("sample ", c)
	}
	if err := e.comment("sample ", c); err != nil {
		return err
	}
	e.buf.Write(line)
	return nil
}

// benchmark is the sample as benchfmt writes it, valid until the next call.
func (e *encoder) benchmark(s Sample) ([]byte, error) {
	name, err := e.name(s.Cell)
	if err != nil {
		return nil, err
	}
	if err := s.Valid(); err != nil {
		return nil, fmt.Errorf("sample of %s: %w", name, err)
	}
	r := benchfmt.Result{Name: benchfmt.Name(name), Iters: s.Passes, Values: make([]benchfmt.Value, 0, len(s.Values))}
	for _, v := range sorted(s.Values) {
		r.Values = append(r.Values, benchfmt.Value{Value: v.Value, Unit: v.Unit})
	}
	line, err := e.benchfmt(&r)
	if err == nil && len(line) > maxLine {
		err = fmt.Errorf("sample of %s: its line would be %d bytes long, %d are allowed", name, len(line), maxLine)
	}
	return line, err
}

// Valid tells why a sample cannot be written: what it says cannot have been measured.
func (s Sample) Valid() error { return cmp.Or(s.check(), s.believe()) }

// check tells what keeps a sample from being written or read.
func (s Sample) check() error {
	switch {
	case s.Round < 0 || s.Round >= MaxRounds:
		return fmt.Errorf("round %d is not from 0 to %d", s.Round, MaxRounds-1)
	case s.Passes < 1:
		return fmt.Errorf("%d passes", s.Passes)
	case len(s.Values) == 0:
		return errors.New("no values")
	case notFinite(s.OutsideNS) || notFinite(s.WindowNS) || notFinite(s.StealNS) || notFinite(s.RanNS):
		return fmt.Errorf("outside CPU time %v or stolen %v in %v ns is not a number", s.OutsideNS, s.StealNS, s.WindowNS)
	}
	for i, v := range s.Values {
		if notFinite(v.Value) {
			return fmt.Errorf("%v %s is not a number", v.Value, v.Unit)
		}
		if v.Unit == "" || !plain(v.Unit) && strings.ContainsFunc(v.Unit, forbidden) {
			return fmt.Errorf("unit %q is empty or holds a space", v.Unit)
		}
		for _, earlier := range s.Values[:i] {
			if earlier.Unit == v.Unit {
				return fmt.Errorf("two values in %s", v.Unit)
			}
		}
	}
	return nil
}

// least and most bound what a unit of ours can measure: 1e15 ns are twelve days.
const least, most = 1e-15, 1e15

// believe tells which value no measurement of ours can have been. Only
// overhead, a difference, may be below 0.
func (s Sample) believe() error {
	for _, v := range s.Values {
		zero := v.Value == 0 && v.Unit != WallNS && v.Unit != TaskRate
		if v.Unit == OverheadNS || zero || rank(v.Unit) == len(units) {
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
	if name, known := e.names[c]; known {
		return name, nil
	}
	name := c.Name()
	if back, err := ParseName(name); err != nil {
		return "", err
	} else if back != c.Canon() {
		return "", fmt.Errorf("name %s would read back as another cell: check its Other parts", name)
	}
	e.names[c] = name
	return name, nil
}

// clip keeps the end of a text that is too long, and says so.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("(%d bytes left out) %s", len(s)-most, s[len(s)-most:])
}
