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
	out, err := shell(ctx, c[side])
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

// commandGrace is how long what a command has left behind may hold its output.
const commandGrace = 2 * time.Second

// shell runs a command line and returns what it prints. The whole group of its
// processes ends with ctx.
func shell(ctx context.Context, line string) ([]byte, error) {
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
	stop := context.AfterFunc(ctx, func() { _ = proc.KillGroup(cmd) }) // it may have ended by itself
	err := errors.Join(cmd.Wait(), proc.KillGroup(cmd))                // what it has left behind would disturb the next
	stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
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
		if p := packageOf(s); p != "" {
			s.Cell.Other = joined(s.Cell.Other, "pkg="+url.PathEscape(p))
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

func joined(other, part string) string {
	if other == "" {
		return part
	}
	return other + "/" + part
}

var packageKey = regexp.MustCompile(`(?:^| )pkg=(\S+)`)

// packageOf is the package that a sample of a foreign file comes from.
func packageOf(s result.Sample) string {
	if m := packageKey.FindStringSubmatch(s.Keys); m != nil {
		return m[1]
	}
	return ""
}
