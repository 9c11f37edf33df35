// Package result is the file between measuring and reporting: Go benchmark
// lines, one a sample, with provenance in comment lines that other readers
// skip. It is the only place that spells keys, units and benchmark names.
//
//	goos: linux
//	Unit tasks/s better=higher
//	# nonrev {"version":1,"seed":1,...}         the run
//	# nonrev plan ["Fannkuch/model=serial-1"]   its cells in catalogue order
//	# nonrev blank {"cell":...,"reason":...}    a cell that cannot exist
//	# nonrev failure {"cell":...,"round":...}   a cell that failed
//	# nonrev sample {"round":0,...}             belongs to the line below
//	BenchmarkFannkuch/model=serial-1 7 2.56e+07 ns/op 9765.625 tasks/s
//	# nonrev sample {"round":1,"void":"outside CPU use ...","line":"Benchmark..."}
//
// A Writer appends records as they are measured, Finish marks voids, adds
// what is derived and orders the file, Read reads it and any other Go
// benchmark output.
package result

import (
	"cmp"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// A Cell names one point of the measured matrix. The zero value of a field is
// its registered default, which is not written into the benchmark name, so a
// field added later leaves older names meaning what they meant.
type Cell struct {
	Workload  string // catalogue name, such as "fannkuch"
	Other     string // parts of the name that have no field, verbatim: "claim=C21/case=errors.Is"
	Set       string // workload settings that differ from their defaults, "n:10,mode:x", sorted by name
	Grain     string // nominal serial time of a task, "100us"; "null" is a task with an empty body
	Payload   string // bytes a message, "16KiB"
	Model     string // how work is spread, such as "subprocess"
	State     string // guard of shared cells; default: the model's own
	Mail      string // message boxes; default: none used
	Host      string // what runs several tasks inside one worker process; default: one task a process
	Transport string // between processes; default: pipe
	Codec     string // of task values at a process boundary; default: binary
	IO        string // default: the model's own
	Offload   string // default: none
	Placement string // of workers on CPUs; default: physical cores first
	Batch     int    // tasks a frame; 0 means the default 1
	Prefetch  int    // tasks queued a worker; 0 means the default 1
	InFlight  int    // tasks in flight in total; 0 means the default: cores, or the workload's connections
	Helpers   string // "shared" when helper processes have no CPUs of their own
	Nodes     int    // machines; 0 means the default 1
	Cores     int    // CPUs allowed to the whole process tree
}

// A key is one "/name=value" part of a benchmark name.
type key struct {
	name  string
	def   string            // the registered default, which is not written
	field func(c *Cell) any // *string or *int
}

// keys is the order of the parts in a name. A key may be added anywhere, as
// long as its default means what names without it meant.
var keys = [...]key{
	{"set", "", func(c *Cell) any { return &c.Set }},
	{"grain", "", func(c *Cell) any { return &c.Grain }},
	{"payload", "", func(c *Cell) any { return &c.Payload }},
	{"model", "", func(c *Cell) any { return &c.Model }},
	{"state", "", func(c *Cell) any { return &c.State }},
	{"mail", "none", func(c *Cell) any { return &c.Mail }},
	{"host", "", func(c *Cell) any { return &c.Host }},
	{"transport", "pipe", func(c *Cell) any { return &c.Transport }},
	{"codec", "binary", func(c *Cell) any { return &c.Codec }},
	{"io", "", func(c *Cell) any { return &c.IO }},
	{"offload", "none", func(c *Cell) any { return &c.Offload }},
	{"placement", "", func(c *Cell) any { return &c.Placement }},
	{"batch", "1", func(c *Cell) any { return &c.Batch }},
	{"prefetch", "1", func(c *Cell) any { return &c.Prefetch }},
	{"inflight", "", func(c *Cell) any { return &c.InFlight }},
	{"helpers", "", func(c *Cell) any { return &c.Helpers }},
	{"nodes", "1", func(c *Cell) any { return &c.Nodes }},
}

// text returns the value as it stands in a name, "" at the default.
func (k key) text(c *Cell) string {
	v := ""
	switch f := k.field(c).(type) {
	case *string:
		v = *f
	case *int:
		if *f != 0 {
			v = strconv.Itoa(*f)
		}
	}
	if v == k.def {
		return ""
	}
	return v
}

// set stores a value from a name; the default becomes the zero value.
func (k key) set(c *Cell, escaped string) error {
	v, err := url.PathUnescape(escaped)
	if err != nil || v == "" {
		return fmt.Errorf("%s=%s has no value that can be read", k.name, escaped)
	}
	if v == k.def {
		v = ""
	}
	switch f := k.field(c).(type) {
	case *string:
		*f = v
	case *int:
		*f = 0
		if v == "" {
			return nil
		}
		if *f, err = strconv.Atoi(v); err != nil || *f < 1 {
			return fmt.Errorf("%s=%s is not a positive whole number", k.name, escaped)
		}
	}
	return nil
}

// Factors are the values by which the cell differs from others of its workload,
// under their keys in the order of a name, those at a default that is a value
// as well, and last the number of CPUs under "cores".
func (c Cell) Factors() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for _, k := range keys {
			if v := cmp.Or(k.text(&c), k.def); v != "" && !yield(k.name, v) {
				return
			}
		}
		yield("cores", strconv.Itoa(c.Cores))
	}
}

// Canon returns the same cell with defaults that are spelled out as zero
// values, so that equal cells are equal under ==. Cells that were read are
// like that already.
func (c Cell) Canon() Cell {
	for _, k := range keys {
		if k.text(&c) != "" {
			continue
		}
		switch f := k.field(&c).(type) {
		case *string:
			*f = ""
		case *int:
			*f = 0
		}
	}
	return c
}

// Name is the cell's benchmark name without the word Benchmark:
// "Fannkuch/grain=100us/model=subprocess-2". Keys stand in a fixed order, a
// key at its default is not written, the number of CPUs always is. Bytes of
// values that a name cannot hold are written as %XX; Other goes in as it is.
func (c Cell) Name() string {
	b := make([]byte, 0, 96)
	if w := c.Workload; w != "" && 'A' <= w[0] && w[0] <= 'Z' {
		b = append(fmt.Appendf(b, "%%%02X", w[0]), escape(w[1:])...) // so that "Echo" is not "echo"
	} else {
		b = append(b, Title(escape(w))...)
	}
	if c.Other != "" {
		b = append(append(b, '/'), c.Other...)
	}
	for _, k := range keys {
		if v := k.text(&c); v != "" {
			b = append(append(append(append(b, '/'), k.name...), '='), escape(v)...)
		}
	}
	return string(strconv.AppendInt(append(b, '-'), int64(c.Cores), 10))
}

// ParseName is the inverse of Name: it returns the canonical cell. Parts
// that are not keys of ours are kept in Other, in their order.
func ParseName(name string) (Cell, error) {
	if strings.ContainsFunc(name, forbidden) {
		return Cell{}, fmt.Errorf("name %q holds a space or a control character", name)
	}
	rest, cores, ok := cutCores(name)
	if !ok || cores < 1 {
		return Cell{}, fmt.Errorf("name %q does not end in -N, the number of CPUs", name)
	}
	base, parts, _ := strings.Cut(rest, "/")
	workload, err := url.PathUnescape(lowered(base))
	if err != nil || workload == "" || 'a' <= base[0] && base[0] <= 'z' {
		return Cell{}, fmt.Errorf("name %q does not begin with a workload", name)
	}
	c := Cell{Workload: workload, Cores: cores}
	if err := c.parseParts(parts); err != nil {
		return Cell{}, fmt.Errorf("name %q: %w", name, err)
	}
	return c, nil
}

func (c *Cell) parseParts(parts string) error {
	if parts == "" {
		return nil
	}
	var other []string
	seen := map[string]bool{}
next:
	for part := range strings.SplitSeq(parts, "/") {
		name, value, _ := strings.Cut(part, "=")
		for _, k := range keys {
			if k.name != name {
				continue
			}
			if seen[name] {
				return fmt.Errorf("%s stands twice", name)
			}
			seen[name] = true
			if err := k.set(c, value); err != nil {
				return err
			}
			continue next
		}
		other = append(other, part)
	}
	c.Other = strings.Join(other, "/")
	return nil
}

// foreign is the cell of a name that is not of our making. What looks like a
// cell of ours is taken as one; of any other only the number of CPUs is
// understood, which Go leaves out when it is 1.
func foreign(name string) Cell {
	rest, cores, ok := cutCores(name)
	if !ok {
		rest, cores = name, 1
	}
	if c, err := ParseName(fmt.Sprintf("%s-%d", rest, cores)); err == nil {
		return c
	}
	base, parts, _ := strings.Cut(rest, "/")
	return Cell{Workload: lowered(base), Other: parts, Cores: cores}
}

// cutCores splits "-N" off a name.
func cutCores(name string) (rest string, cores int, ok bool) {
	i := strings.LastIndexByte(name, '-')
	if i < 0 || strings.Trim(name[i+1:], "0123456789") != "" {
		return name, 0, false
	}
	cores, err := strconv.Atoi(name[i+1:])
	return name[:i], cores, err == nil
}

// forbidden tells which characters a benchmark name cannot hold.
func forbidden(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar
}

// plain tells whether every byte may stand in a name as it is, which spares
// nearly all values a closer look.
func plain(s string) bool {
	for i := range len(s) {
		if !plainByte(s[i]) {
			return false
		}
	}
	return true
}

func plainByte(c byte) bool { return ' ' < c && c < 0x7f && c != '/' && c != '%' }

// escape writes every byte but printable ASCII as %XX, and '/' and '%' too.
func escape(s string) string {
	if plain(s) {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		if plainByte(s[i]) {
			b = append(b, s[i])
		} else {
			b = fmt.Appendf(b, "%%%02X", s[i])
		}
	}
	return string(b)
}

// Title is the workload as it stands in a benchmark name: first letter raised.
func Title(workload string) string {
	if workload == "" || workload[0] < 'a' || workload[0] > 'z' {
		return workload
	}
	return string(workload[0]-'a'+'A') + workload[1:]
}

// lowered is the inverse of Title.
func lowered(base string) string {
	if base == "" || base[0] < 'A' || base[0] > 'Z' {
		return base
	}
	return string(base[0]-'A'+'a') + base[1:]
}
