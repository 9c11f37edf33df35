package sweep

import (
	"context"
	"errors"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nonrev/nonrev/workloads"
)

// breed starts a process that no signal to the cell's group reaches and that
// starts others for a while, not so many that they would harm the machine.
var breed = sync.OnceValue(func() error {
	return exec.Command("setsid", "sh", "-c", "for i in $(seq 50); do sleep 60 & sleep 0.01; done; wait").Start()
})

func breedAndHang() error { return errors.Join(breed(), block()) }

func TestWhatEludesItsGroupIsKilled(t *testing.T) {
	for _, tool := range []string{"setsid", "sh", "sleep", "seq"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("NONREV_REQUIRE") == "all" {
				t.Fatalf("no %s, and NONREV_REQUIRE=all asks for it", tool)
			}
			t.Skip("skipped: no " + tool)
		}
	}
	for _, c := range []struct {
		workload, kind, text string
		patience             time.Duration
	}{
		{"breeds", otherError, "left processes behind", time.Minute},
		{"breeds and hangs", hang, "no answer", time.Second},
	} {
		dir := t.TempDir()
		t.Setenv(traces, dir)
		o := options(t, 1, c.workload)
		o.Hang = c.patience
		f := mustRun(t, o)
		if len(f.Failures) != 1 || f.Failures[0].Kind != c.kind || !strings.Contains(f.Failures[0].Text, c.text) {
			t.Errorf("%s: failures %+v, want one: %s: %s", c.workload, f.Failures, c.kind, c.text)
		}
		if left := living(t, traces+"="+dir); len(left) > 0 {
			t.Errorf("%s: processes %v are left", c.workload, left)
		}
	}
}

// living are the processes that have this in their environment.
func living(t *testing.T, variable string) (left []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		env, err := os.ReadFile(path) // that of another user is none of ours
		if err == nil && slices.Contains(strings.Split(string(env), "\x00"), variable) {
			left = append(left, path)
		}
	}
	return left
}

// sour is a workload whose first task kills the helper and fails; it would
// answer to the next cell no more.
func sour() workloads.Workload {
	path := func(name string) string { return filepath.Join(os.Getenv(traces), name) }
	w := doubling("sours", func() error {
		if err := os.Mkdir(path("soured"), 0o777); errors.Is(err, os.ErrExist) {
			return nil
		}
		pid, err := os.ReadFile(path("helper"))
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(pid))
		if err != nil {
			return err
		}
		p, err := os.FindProcess(n)
		if err != nil {
			return err
		}
		return errors.Join(p.Kill(), errors.New("no answer"))
	})
	w.Helper = func(ctx context.Context, p workloads.Params, ready func(string)) error {
		if err := os.WriteFile(path("helper"), strconv.AppendInt(nil, int64(os.Getpid()), 10), 0o666); err != nil {
			return err
		}
		return serveAddress(ctx, p, ready)
	}
	w.Prepare = needAddress(w.Prepare)
	return w
}

func TestFailedCellTakesItsHelperAlong(t *testing.T) {
	t.Setenv(traces, t.TempDir())
	f := mustRun(t, options(t, 3, "sours"))
	if len(f.Failures) != 1 || !strings.Contains(f.Failures[0].Text, "no answer; its helper has ended: signal: killed") {
		t.Errorf("failures %+v, want one that tells how the helper ended", f.Failures)
	}
	if n := len(planned(f)); n != 2 {
		t.Errorf("%d samples, want those of the other rounds", n)
	}
}

// dates are where a date is wanted, of which no duration is made: in the head
// of the result file.
var dates = map[string]struct{ file, name string }{"internal/sweep": {"run.go", "Format"}}

// A test cannot step the clock of the machine it runs on: others would see it,
// it needs privileges, and time namespaces leave that clock alone. A duration
// changes with a step only if it is made without the monotonic reading that
// time.Now takes along, so the source of all that measures must not drop it.
func TestNoDurationDependsOnTheWallClock(t *testing.T) {
	for _, dir := range []string{"internal/proc", "workloads/helper", "workloads", "runners", "internal/sweep"} {
		found := wallClocks(t, sourceOf(t, filepath.Join("..", "..", dir)))
		if allowed, any := dates[dir]; any {
			i := slices.IndexFunc(found, func(s string) bool { return strings.Contains(s, allowed.file) && strings.HasSuffix(s, allowed.name) })
			if i < 0 {
				t.Fatalf("%s: no date any more: %v", dir, allowed)
			}
			found = slices.Delete(found, i, i+1)
		}
		for _, s := range found {
			t.Errorf("%s loses the monotonic reading", s)
		}
	}
}

func TestWallClocksAreFound(t *testing.T) {
	const source = `package sins
import "time"
type message struct { Sent time.Time; fine time.Time }
func sins(m message, unix clock) {
	began := time.Now()
	_ = time.Now().UnixNano()
	_ = time.Since(began.Round(0))
	_ = time.Now().Sub(time.Unix(1, 0))
	_ = unix.CLOCK_REALTIME
	_ = unix.Gettimeofday
	_ = m.fine.Sub(m.Sent.Truncate(time.Second))
	_ = time.Since(began).Round(time.Second)
	_ = unix.CLOCK_MONOTONIC
}`
	f, err := parser.ParseFile(positions, "sins.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, at := range wallClocks(t, []*ast.File{f}) {
		names = append(names, at[strings.LastIndex(at, " ")+1:])
	}
	got := strings.Join(names, ", ")
	if want := "Sent, UnixNano, Round, Unix, CLOCK_REALTIME, Gettimeofday, Truncate"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

// positions are those of all that is parsed here.
var positions = token.NewFileSet()

// sourceOf parses the files of a package that are built here.
func sourceOf(t *testing.T, dir string) (files []*ast.File) {
	t.Helper()
	p, err := build.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(positions, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// onlyTime imports the package time; what comes from others stays unknown.
type onlyTime struct{ time *types.Package }

func (o onlyTime) Import(path string) (*types.Package, error) {
	if path == "time" {
		return o.time, nil
	}
	return nil, errors.New("not needed")
}

var timePackage = sync.OnceValues(func() (*types.Package, error) {
	return importer.ForCompiler(positions, "source", nil).Import("time")
})

// monotonic are the methods of a time that keep its monotonic reading or
// compare by it.
var monotonic = []string{"Add", "After", "Before", "Compare", "Equal", "IsZero", "Sub"}

// wall are names that stand for the wall clock wherever they come from.
var wall = []string{"CLOCK_REALTIME", "CLOCK_REALTIME_COARSE", "CLOCK_TAI", "Gettimeofday"}

// madeOfNumbers are functions of package time whose times have no monotonic reading.
var madeOfNumbers = []string{"Date", "Parse", "ParseInLocation", "Unix", "UnixMicro", "UnixMilli"}

func spot(name *ast.Ident) string { return positions.Position(name.Pos()).String() + ": " + name.Name }

// wallClocks are the places at which a time loses its monotonic reading, or
// never had one, each with the name that does it. A time in an exported field is for
// another process, where it has none.
func wallClocks(t *testing.T, files []*ast.File) (found []string) {
	t.Helper()
	std, err := timePackage()
	if err != nil {
		t.Fatal(err)
	}
	moment := std.Scope().Lookup("Time").Type()
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	check := types.Config{Importer: onlyTime{std}, Error: func(error) {}}
	_, _ = check.Check("p", positions, files, &info) // what stays unknown is no time
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				name := n.Sel.Name
				x, named := n.X.(*ast.Ident)
				onTime := info.Types[n.X].Type == moment
				if onTime && !slices.Contains(monotonic, name) || slices.Contains(wall, name) ||
					named && x.Name == "time" && slices.Contains(madeOfNumbers, name) {
					found = append(found, spot(n.Sel))
				}
			case *ast.Field:
				for _, name := range n.Names {
					if name.IsExported() && info.Types[n.Type].Type == moment {
						found = append(found, spot(name))
					}
				}
			}
			return true
		})
	}
	return found
}
