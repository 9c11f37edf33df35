package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// Commands is a source of one item: everything that one run of a command prints
// as Go benchmark lines. Each pair is one run of either command.
type Commands [2]string

// Items is one.
func (Commands) Items() int { return 1 }

// Plan is not known before a command has run.
func (Commands) Plan([]int) []result.Cell { return nil }

// ItemsOf is the one that there is.
func (Commands) ItemsOf([]result.Cell) []int { return []int{0} }

// Failed is never true: a command that fails is an error of Measure.
func (Commands) Failed(int) bool { return false }

// Measure runs the command of the side once.
func (c Commands) Measure(ctx context.Context, f *result.File, side, _, _, at int) error {
	out, err := shell(ctx, c[side], commandPatience)
	if err != nil {
		return fmt.Errorf("the %s command: %w", sideNames[side], err)
	}
	got, err := result.Parse("output of the "+sideNames[side]+" command", out)
	if err != nil {
		return err
	}
	for _, s := range once(got) {
		if s.Round = at; !slices.Contains(f.Plan, s.Cell) {
			f.Plan = append(f.Plan, s.Cell)
		}
		f.Samples = append(f.Samples, s)
	}
	return nil
}

// commandPatience is how long a run of a command may take: a batch of longer
// ones would take days.
const commandPatience = 30 * time.Minute

// commandGrace is how long what a command has left behind may hold its output.
const commandGrace = 2 * time.Second

// shell runs a command line and returns what it prints. The whole group of its
// processes ends with ctx, and when patience does.
func shell(ctx context.Context, line string, patience time.Duration) ([]byte, error) {
	name, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		name, flag = "cmd", "/c"
	}
	cmd := exec.Command(name, flag, line)
	var out bytes.Buffer
	log := &proc.Tail{}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, log, commandGrace
	proc.OwnGroup(cmd)
	if err := proc.Start(cmd, nil); err != nil {
		return nil, err
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stop := context.AfterFunc(patient, func() { _ = proc.KillGroup(cmd) }) // it may have ended by itself
	err := errors.Join(cmd.Wait(), proc.KillGroup(cmd))                    // what it has left behind would disturb the next
	late := !stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if late {
		return nil, fmt.Errorf("%q: no end within %v", line, patience)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w: %s", line, err, reason(log, out.Bytes()))
	}
	return out.Bytes(), nil
}

// reason is the last line of what a command wrote, of its errors if there are any.
func reason(log *proc.Tail, out []byte) string {
	if r := log.Reason(); r != "" {
		return r
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return string(lines[len(lines)-1])
}

// once makes one sample of each benchmark of a run: values of lines of the same
// name, as -count prints them, are averaged. The package is a part of the name.
func once(f *result.File) []result.Sample {
	var out []result.Sample
	counts := map[result.Cell]int{}
	for _, s := range f.Samples {
		if s.Void != "" {
			continue
		}
		if p := fileKey(s.Keys, "pkg"); p != "" {
			s.Cell = inPackage(s.Cell, p)
		}
		s.Keys = ""
		i := slices.IndexFunc(out, func(x result.Sample) bool { return x.Cell == s.Cell })
		if counts[s.Cell]++; i < 0 {
			s.Values = slices.Clone(s.Values)
			out = append(out, s)
			continue
		}
		average(&out[i], s, counts[s.Cell])
	}
	return out
}

// average takes the n-th sample into the mean of those before it.
func average(mean *result.Sample, s result.Sample, n int) {
	mean.Passes += s.Passes
	for i := range mean.Values {
		if v, ok := s.Value(mean.Values[i].Unit); ok {
			mean.Values[i].Value += (v - mean.Values[i].Value) / float64(n)
		}
	}
}

// inPackage is the cell with the package as a part of its name.
func inPackage(c result.Cell, pkg string) result.Cell {
	if c.Other != "" {
		c.Other += "/"
	}
	c.Other += "pkg=" + url.PathEscape(pkg)
	return c
}

// nextKey begins the key after a value, which may hold spaces.
var nextKey = regexp.MustCompile(` [a-z][^ =]*=`)

// fileKey is the value of a key among those of a sample of a foreign file, ""
// if it is not there.
func fileKey(keys, name string) string {
	_, value, _ := strings.Cut(" "+keys, " "+name+"=")
	if next := nextKey.FindStringIndex(value); next != nil {
		value = value[:next[0]]
	}
	return value
}
