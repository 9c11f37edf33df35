package sweep

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/internal/result"
)

// pythonSource is a program of the kind that the essay's author had run serially,
// in threads and in processes: Monte Carlo in pure Python, and beside it hashing,
// which C code does.
//
//go:embed python.py
var pythonSource string

// The programs, and how their chunks are spread.
const (
	pythonPi      = "pi"
	pythonHash    = "hash"
	pythonThread  = "thread"
	pythonProcess = "process"
)

// PythonPrograms are what the cells of python3 run.
func PythonPrograms() []string { return []string{pythonPi, pythonHash} }

// PythonModels are how they are run: in the one thread of python3, and in its
// pools of threads and of processes.
func PythonModels() []string { return []string{result.Serial, pythonThread, pythonProcess} }

// pythonCells are every program under every model, serially on one core, else
// on 1, 2 and the most.
func pythonCells(cores []int) []result.Cell {
	var cells []result.Cell
	for _, program := range PythonPrograms() {
		cell := result.Cell{Workload: result.Python, Set: program}
		cells = append(cells, under(cell, result.Serial, 1))
		for _, model := range PythonModels()[1:] {
			for _, n := range ends(cores) {
				cells = append(cells, under(cell, model, n))
			}
		}
	}
	return cells
}

// pythonTold is the program's argument.
type pythonTold struct {
	Program  string        `json:"program"`
	Model    string        `json:"model"`
	Workers  int           `json:"workers"`
	Chunks   int           `json:"chunks"` // a pass
	WarmUp   time.Duration `json:"warmUp"`
	Duration time.Duration `json:"duration"`
}

// pythonSaid is the program's answer.
type pythonSaid struct {
	This    string        `json:"this"`  // which python3
	Lacks   string        `json:"lacks"` // why it measured nothing
	Start   time.Duration `json:"start"` // of the pool, until each worker can have done something
	Warm    int           `json:"warm"`  // passes
	WarmNS  time.Duration `json:"warmNS"`
	Passes  int           `json:"passes"`
	Wall    time.Duration `json:"wall"`    // of the passes
	CPU     time.Duration `json:"cpu"`     // of all processes meanwhile
	Answers []string      `json:"answers"` // one a pass, those of the warm-up among them
}

// pythonChunks are those of a pass: as many for every cell on a machine of so
// many cores, and a multiple of 1, 2 and that count.
func pythonChunks(width int) int { return 2 * max(width, 1) }

// measurePython has python3 run the program of the cell on the CPUs of this process.
func measurePython(ctx context.Context, o order) finding {
	want, err := pythonAnswer(o.Cell.Set, pythonChunks(o.Width))
	if err != nil {
		return fault(err)
	}
	if !slices.Contains(PythonModels(), o.Cell.Model) {
		return fault(fmt.Errorf("python3 has no model %q", o.Cell.Model))
	}
	said, err := askPython(ctx, pythonTold{o.Cell.Set, o.Cell.Model, o.Cell.Cores, pythonChunks(o.Width), o.WarmUp, o.Duration})
	if err == nil {
		err = said.check(want)
	}
	if err != nil {
		return fault(fmt.Errorf("python3: %w", err))
	}
	passes := float64(said.Passes)
	return finding{Passes: said.Passes, Warm: said.Warm, Ran: said.WarmNS + said.Wall, Values: []result.Value{
		{Unit: result.WallNS, Value: float64(said.Wall) / passes},
		{Unit: result.OpRate, Value: passes * float64(pythonChunks(o.Width)) / said.Wall.Seconds()},
		{Unit: result.CPUNS, Value: float64(said.CPU) / passes},
		{Unit: result.StartNS, Value: float64(said.Start)},
	}}
}

// check holds what was said against the answer that every pass must have.
func (s pythonSaid) check(want string) error {
	if s.Lacks != "" {
		return fmt.Errorf("%s: %w", s.Lacks, errors.ErrUnsupported)
	}
	if s.Warm < 1 || s.Passes < 1 || len(s.Answers) != s.Warm+s.Passes {
		return wrongError{fmt.Errorf("%d answers of %d passes and %d of the warm-up", len(s.Answers), s.Passes, s.Warm)}
	}
	for n, answer := range s.Answers {
		if answer != want {
			return wrongError{fmt.Errorf("pass %d gave %q instead of %q", n, answer, want)}
		}
	}
	return nil
}

// askPython runs the program to its end. The error wraps errors.ErrUnsupported
// where there is no python3.
func askPython(ctx context.Context, told pythonTold) (pythonSaid, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return pythonSaid{}, fmt.Errorf("not found (%w): %w", err, errors.ErrUnsupported)
	}
	arg, err := json.Marshal(told)
	if err != nil {
		return pythonSaid{}, err
	}
	cmd := exec.Command(path, "-I", "-S", "-B", "-c", pythonSource, string(arg)) // no packages, settings or files of the user's
	out, log := &head{limit: answerLimit}, &proc.Tail{}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, log, childGrace
	if err := proc.Start(cmd, nil); err != nil {
		return pythonSaid{}, err
	}
	spare := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // it may have ended by itself
	defer spare()
	ended := cmd.Wait()
	leftover := killOrphans() // its workers, if it was killed
	if err := ctx.Err(); err != nil {
		return pythonSaid{}, err
	}
	if err := errors.Join(ended, leftover); err != nil {
		return pythonSaid{}, errors.New(because(err.Error(), log))
	}
	var said pythonSaid
	if err := json.Unmarshal(out.b, &said); err != nil {
		return pythonSaid{}, fmt.Errorf("answer is not readable: %w", err)
	}
	return said, nil
}

// pythonFound says which python3 runs these cells, "" if none of them needs one
// or there is none, which the cells will tell.
func pythonFound(ctx context.Context, cells []result.Cell) string {
	if !slices.ContainsFunc(cells, func(c result.Cell) bool { return c.Workload == result.Python }) {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, pythonPatience)
	defer cancel()
	said, err := askPython(ctx, pythonTold{})
	if err != nil {
		return ""
	}
	return said.This
}

// pythonPatience is how long python3 may take to say which it is.
const pythonPatience = time.Minute

// pythonAnswer is what a pass of the program must come to.
func pythonAnswer(program string, chunks int) (string, error) {
	switch program {
	case pythonPi:
		hits := 0
		for seed := range chunks {
			hits += piHits(uint64(seed + 1))
		}
		return strconv.Itoa(hits), nil
	case pythonHash:
		all := sha256.New()
		for seed := range chunks {
			fmt.Fprintf(all, "%x", hashed(uint64(seed+1)))
		}
		return hex.EncodeToString(all.Sum(nil)), nil
	}
	return "", fmt.Errorf("python3 has no program %q", program)
}

// The size of a chunk, as in the program.
const (
	piPoints    = 20_000
	hashRepeats = 8
)

// piHits counts the points of a seed within the quarter circle, by the generator
// of Park and Miller with the factor of 1993: x' = 48271 x mod 2^31 - 1.
func piHits(seed uint64) (hits int) {
	const modulus, factor = 1<<31 - 1, 48271
	y := seed
	for range piPoints {
		x := y * factor % modulus
		y = x * factor % modulus
		if x*x+y*y < modulus*modulus {
			hits++
		}
	}
	return hits
}

// hashed is SHA-256 of a seed and 8 times the bytes 0 to 255 over and over, 1 MiB.
func hashed(seed uint64) []byte {
	buffer := make([]byte, 1<<20)
	for i := range buffer {
		buffer[i] = byte(i)
	}
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, seed))
	for range hashRepeats {
		h.Write(buffer)
	}
	return h.Sum(nil)
}
