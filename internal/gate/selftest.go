package gate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/scaling"
	"github.com/nonrev/nonrev/internal/sweep"
)

// injected are the slow-downs that a self-test tries, as shares.
var injected = [...]float64{0.03, 0.05, 0.10, 0.20}

// Runs drawn by a self-test.
const (
	alarmRuns  = 2000
	caughtRuns = 200
)

// A Trial is what a self-test found of one cell.
type Trial struct {
	Cell    result.Cell
	Same    Row // the build against itself
	Slowed  []Slowed
	Failure string // why there is nothing else, "" if there is
}

// A Slowed is a cell with work added to its tasks.
type Slowed struct {
	Effect float64          // that was to be added, as a share of the time of a task
	Steps  int              // of Burn that were added to every task
	Cost   scaling.Estimate // that was measured
	Caught float64          // share of drawn runs that are red
}

// A SelfTest is what the gate can tell on this machine at the noise of this run.
type SelfTest struct {
	Settings
	Seed   uint64
	Trials []Trial
	Alarms Alarms
	Head   result.Run // of its files
	Files  []string
	// Unwritten is why files were not written, nil if all were.
	Unwritten error
}

// A tester measures the variants of cells: a build twice as it is, then with
// each burden.
type tester struct {
	Options
	measure func(ctx context.Context, p result.Point, burden int) (sweep.Measured, error)
	cells   []result.Cell
	steps   [][]int // by cell and variant
	files   []*result.File
	gone    map[result.Cell]string
}

// variants is how many there are.
const variants = 2 + len(injected)

// Test measures every cell of this program against itself, as it is and with
// work added to every task: so much that tasks should take 3, 5, 10 and 20%
// longer, by a pilot. What then is measured stands beside it, since a model that
// waits may hide work that is added.
func Test(ctx context.Context, o Options, bench *sweep.Bench, cells []result.Cell) (SelfTest, error) {
	return test(ctx, o, cells, func(ctx context.Context, p result.Point, burden int) (sweep.Measured, error) {
		return bench.Measure(ctx, 0, p, burden)
	})
}

// test is Test by whatever measures a cell with a burden.
func test(ctx context.Context, o Options, cells []result.Cell, measure func(context.Context, result.Point, int) (sweep.Measured, error)) (SelfTest, error) {
	t := tester{Options: o, measure: measure, gone: map[result.Cell]string{}}
	for _, c := range cells {
		t.cells = append(t.cells, c.Canon())
	}
	for v, name := range t.names() {
		head := o.Heads[Old]
		head.Rounds, head.Seed = o.Pairs, o.Seed
		if v >= 2 {
			head.Notes = append(slices.Clone(head.Notes), fmt.Sprintf("every task does more work than it should, for %.0f%% of its time, so these figures are of no build: take old.txt", 100*injected[v-2]))
		}
		t.files = append(t.files, &result.File{Path: filepath.Join(o.Dir, name), Run: head, Plan: t.cells})
	}
	if err := t.free(); err != nil {
		return SelfTest{}, err
	}
	if err := t.pilot(ctx); err != nil {
		return SelfTest{}, err
	}
	err := t.rounds(ctx)
	s := SelfTest{Settings: o.Settings, Seed: o.Seed, Head: o.Heads[Old]}
	for _, f := range t.files {
		f.Judge()
		if o.Dir == "" || len(f.Samples) == 0 {
			continue
		}
		if failed := result.Rewrite(f.Path, f); failed != nil {
			s.Unwritten = errors.Join(s.Unwritten, failed)
			continue
		}
		s.Files = append(s.Files, f.Path)
	}
	if err != nil {
		return s, err
	}
	return s, t.judge(&s)
}

func (t tester) names() []string {
	names := []string{"old.txt", "new.txt"}
	for _, e := range injected {
		names = append(names, fmt.Sprintf("slow-%.0f.txt", 100*e))
	}
	return names
}

func (t tester) free() error {
	for _, f := range t.files {
		if _, err := os.Lstat(f.Path); err == nil && t.Dir != "" {
			return fmt.Errorf("%s is there already: choose another --dir", f.Path)
		}
	}
	if t.Dir == "" {
		return nil
	}
	return os.MkdirAll(t.Dir, 0o777)
}

// How a pilot finds out how many steps make an effect: samples of each kind, the
// share by which the first guess should slow a task down, and the least share
// of the time that its steps take alone by which they count as having slowed
// anything: a model that waits may hide nearly all of it, and noise the rest.
const (
	pilotSamples = 3
	pilotEffect  = 0.5
	pilotLeast   = 0.1
)

// pilot finds out how many steps make each effect: it measures tasks as they
// are and with a guess added, one directly after the other, so that whatever
// makes the machine slow at that moment is in both.
func (t *tester) pilot(ctx context.Context) error {
	step := stepTime()
	for _, c := range t.cells {
		steps, err := t.calibrate(ctx, c, step)
		if err != nil {
			return err
		}
		t.steps = append(t.steps, steps)
	}
	return nil
}

// calibrate is the steps of each variant of a cell. step is what one takes alone.
func (t *tester) calibrate(ctx context.Context, c result.Cell, step float64) ([]int, error) {
	steps, guess := make([]int, variants), 0
	var plain, slowed []float64
	for range pilotSamples {
		base, err := t.perTask(ctx, c, 0)
		if err != nil || base == 0 {
			return steps, err
		}
		if guess == 0 {
			guess = max(1, int(pilotEffect*base/step))
		}
		heavy, err := t.perTask(ctx, c, guess)
		if err != nil || heavy == 0 {
			return steps, err
		}
		plain, slowed = append(plain, base), append(slowed, heavy)
	}
	slow := scaling.Diff(slowed, plain).Value / float64(guess) // ns a step
	for i, e := range injected {
		steps[2+i] = int(e * scaling.Level(plain).Value / max(slow, pilotLeast*step))
	}
	return steps, nil
}

// perTask is the time of a task on one worker in ns; 0 if the cell is gone.
func (t *tester) perTask(ctx context.Context, c result.Cell, burden int) (float64, error) {
	m, err := t.measure(ctx, result.Point{Cell: c}, burden)
	if err != nil {
		return 0, err
	}
	rate, ok := m.Sample.Value(result.TaskRate)
	switch {
	case m.Failure != nil || m.Blank != nil:
		t.gone[c] = said(m)
	case !ok:
		t.gone[c] = "it has no tasks"
	default:
		return t.parallel(c) * 1e9 / rate, nil
	}
	return 0, nil
}

func said(m sweep.Measured) string {
	if m.Blank != nil {
		return "cannot exist: " + m.Blank.Reason
	}
	return m.Failure.Kind + ": " + m.Failure.Text
}

// parallel is how many tasks of a cell run at a time.
func (t *tester) parallel(c result.Cell) float64 {
	if slices.Contains(t.Heads[Old].OneLoop, c.Model) {
		return 1
	}
	return float64(c.Cores)
}

// stepTime is what a step of Burn takes at best, in ns.
func stepTime() float64 {
	const steps = 2_000_000
	best := time.Hour
	for range 5 {
		began := time.Now()
		sweep.Burn(steps)
		best = min(best, time.Since(began))
	}
	return float64(best) / steps
}

// rounds measures every variant of every cell once a round: cells in random
// order, the variants of one directly after each other in random order. Then it
// makes up for what load from outside has spoilt, as a gate does.
func (t *tester) rounds(ctx context.Context) error {
	began := time.Now()
	cells := t.cells
	for round := 0; round < 2*t.Pairs && len(cells) > 0; round++ {
		if err := t.round(ctx, cells, round); err != nil {
			return err
		}
		if round+1 < t.Pairs {
			left := time.Since(began) / time.Duration(round+1) * time.Duration(t.Pairs-round-1)
			fmt.Fprintf(t.Log, "round %d of %d: %v left\n", round+1, t.Pairs, left.Round(time.Second))
			continue
		}
		if cells = t.again(); len(cells) > 0 && round+1 < 2*t.Pairs {
			fmt.Fprintf(t.Log, "one more round of what load from outside has spoilt, %d of %d at most\n", round+2-t.Pairs, t.Pairs)
		}
	}
	return nil
}

// again are the cells that lack pairs of any variant.
func (t *tester) again() []result.Cell {
	var short []result.Cell
	for _, f := range t.files[1:] {
		short = append(short, lacking(t.files[0], f, t.Pairs)...)
	}
	return slices.DeleteFunc(slices.Clone(t.cells), func(c result.Cell) bool { return t.gone[c] != "" || !slices.Contains(short, c) })
}

// round measures each variant of the cells once.
func (t *tester) round(ctx context.Context, cells []result.Cell, round int) error {
	r := rand.New(rand.NewPCG(t.Seed, uint64(round)))
	for _, i := range r.Perm(len(cells)) {
		for _, v := range r.Perm(variants) {
			if err := t.once(ctx, cells[i], v, round); err != nil {
				return err
			}
		}
	}
	for _, f := range t.files {
		f.Run.Rounds = max(f.Run.Rounds, round+1)
		f.Run.MadeUp = f.Run.Rounds - t.Pairs
	}
	return nil
}

func (t *tester) once(ctx context.Context, c result.Cell, variant, round int) error {
	if t.gone[c] != "" {
		return nil
	}
	m, err := t.measure(ctx, result.Point{Cell: c, Round: round}, t.steps[slices.Index(t.cells, c)][variant])
	switch {
	case err != nil:
		return err
	case m.Failure != nil || m.Blank != nil:
		t.gone[c] = said(m)
	default:
		t.files[variant].Samples = append(t.files[variant].Samples, m.Sample)
	}
	return nil
}

// judge makes of the files what the self-test says.
func (t *tester) judge(s *SelfTest) error {
	var same []Comparison // of as many pairs as a batch has
	for i, c := range t.cells {
		trial := Trial{Cell: c, Failure: t.gone[c]}
		for v := 1; v < variants && trial.Failure == ""; v++ {
			all, err := Compare([]result.Cell{c}, t.files[0], t.files[v])
			if err != nil {
				return err
			}
			found := times(all)
			if len(found) == 0 {
				trial.Failure = "all samples are void"
				break
			}
			if v == 1 {
				same = append(same, found[0].madeUp(s.Pairs))
				trial.Same = s.Judge(found[0])
				continue
			}
			trial.Slowed = append(trial.Slowed, Slowed{
				Effect: injected[v-2], Steps: t.steps[i][v],
				Cost: found[0].cost(scaling.Confidence), Caught: s.Caught(found[0], caughtRuns, s.Seed),
			})
		}
		s.Trials = append(s.Trials, trial)
	}
	s.Alarms = s.FalseAlarms(same, alarmRuns, s.Seed)
	return nil
}
