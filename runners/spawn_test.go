package runners

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// leavesNothing wants the rest of the test to leave no goroutine, descriptor
// or file behind. Children would be found by their end of a pipe.
func leavesNothing(t *testing.T) (check func()) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	before, goroutines := holdings(t), goleak.IgnoreCurrent()
	return func() {
		goleak.VerifyNone(t, goroutines, goleak.IgnoreAnyFunction("github.com/nonrev/nonrev/internal/proc.serveStarts"))
		if after := holdings(t); !slices.Equal(before, after) {
			t.Errorf("left behind: %q where %q was before", after, before)
		}
		if files, err := os.ReadDir(temp); err != nil || len(files) > 0 {
			t.Errorf("left behind: %v, %v", files, err)
		}
	}
}

func TestEverythingIsStarted(t *testing.T) {
	for _, what := range Spawns() {
		t.Run(what, func(t *testing.T) {
			defer leavesNothing(t)()
			s, err := Spawn(context.Background(), what, time.Millisecond, 5*time.Millisecond)
			if errors.Is(err, errors.ErrUnsupported) && os.Getenv("NONREV_REQUIRE") != "all" {
				t.Skip("skipped:", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.N < 1 || s.Warm < 1 || s.PerSpawn <= 0 || s.CPU < 0 || s.PerSpawn*float64(s.N) > float64(s.Ran) {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestStartsAreCounted(t *testing.T) {
	const outside = time.Second // of CPU, beside which that of this process is little
	n := 0
	begin := func(context.Context) (time.Duration, error) {
		n++
		return outside, nil
	}
	s, err := spawn(context.Background(), begin, 0, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if s.N+s.Warm != n || s.Warm != 1 || s.N < 1 || s.CPU < float64(outside) || s.CPU > 1.5*float64(outside) {
		t.Errorf("%+v of %d starts", s, n)
	}
}

func TestThreadsAreNewAndTheirOwn(t *testing.T) {
	const thread = "/proc/thread-self"
	if _, err := os.Readlink(thread); err != nil {
		t.Skip("skipped: no", thread)
	}
	names := make(chan string)
	seen := map[string]bool{}
	for range 100 {
		startThread(func() {
			name, err := os.Readlink(thread)
			if err != nil {
				t.Error(err)
			}
			names <- name
		})
		name := <-names
		if seen[name] {
			t.Errorf("%s was used before", name)
		}
		seen[name] = true
	}
}

// TestWhatFailsIsAnError has copies of this program play parts that end badly
// or say nothing.
func TestWhatFailsIsAnError(t *testing.T) {
	for _, part := range []string{"fail", "be mute"} {
		begin, _, err := copies(part)(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if s, err := spawn(context.Background(), begin, 0, 0); err == nil {
			t.Errorf("a copy was asked to %s: %+v", part, s)
		}
	}
	if _, err := Spawn(context.Background(), "nothing", 0, 0); err == nil {
		t.Error("nothing was started")
	}
}

func TestWithoutACompilerNothingIsBuilt(t *testing.T) {
	defer leavesNothing(t)()
	t.Setenv("CC", "no-such-compiler")
	_, err := Spawn(context.Background(), "c", 0, 0)
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	t.Setenv("CC", "false") // a program that fails, whatever it is told
	if _, err = Spawn(context.Background(), "c", 0, 0); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	t.Setenv("PATH", "")
	if _, err = Spawn(context.Background(), "go", 0, 0); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

func TestCancelledStartsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, what := range Spawns() {
		t.Run(what, func(t *testing.T) {
			defer leavesNothing(t)()
			_, err := Spawn(ctx, what, time.Hour, time.Hour)
			if !errors.Is(err, context.Canceled) && !errors.Is(err, errors.ErrUnsupported) {
				t.Error(err)
			}
		})
	}
}
