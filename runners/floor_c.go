package runners

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
)

//go:embed floor/floor.c
var floorSource []byte

// floorVariable names the program that was made of floorSource.
const floorVariable = "NONREV_FLOOR"

// BuildFloor compiles the floor in C for this process and those that it starts
// from then on; otherwise each exchange of that model compiles its own. The
// error wraps errors.ErrUnsupported when there is no compiler that can.
func BuildFloor(ctx context.Context) (remove func() error, err error) {
	path, remove, err := compileFloor(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.Setenv(floorVariable, path); err != nil {
		return nil, errors.Join(err, remove())
	}
	return func() error { return errors.Join(os.Unsetenv(floorVariable), os.RemoveAll(filepath.Dir(path))) }, nil
}

// compileFloor makes a program in a directory of its own.
func compileFloor(ctx context.Context) (path string, remove func() error, err error) {
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the floor in C is written for Linux, not for %s: %w", runtime.GOOS, errors.ErrUnsupported)
	}
	dir, err := os.MkdirTemp("", "nonrev-floor-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	if path, err = buildC(ctx, dir, floorSource); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return path, remove, nil
}

// exchangeC is Exchange by programs in C, each of which is both parties of a pair.
func exchangeC(ctx context.Context, s ExchangeSetup, warmUp, duration time.Duration) (e Exchanged, err error) {
	path := os.Getenv(floorVariable)
	if path == "" {
		var remove func() error
		if path, remove, err = compileFloor(ctx); err != nil {
			return e, cmp.Or(ctx.Err(), err)
		}
		defer func() { err = errors.Join(err, remove()) }()
	}
	began := clock()
	f, err := startFloors(ctx, path, s, warmUp, duration*2/3) // as long as the plain part of the others
	e.Started = time.Duration(clock() - began)
	if err == nil {
		err = f.each((*floorProgram).begin)
	}
	if err == nil {
		err = f.each((*floorProgram).result)
	}
	if err := errors.Join(err, f.each((*floorProgram).close)); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return Exchanged{}, err
	}
	return f.sum(e, warmUp), nil
}

// A floorProgram passes messages with itself.
type floorProgram struct {
	*partner
	in      io.WriteCloser
	out     *bufio.Reader
	unwatch func() bool

	messages, warm      int64
	took, cpu, switches float64
}

type floorPrograms []*floorProgram

// startFloors returns when all programs are ready. Those that were started must
// be closed even after an error.
func startFloors(ctx context.Context, path string, s ExchangeSetup, warmUp, duration time.Duration) (all floorPrograms, err error) {
	for _, cpus := range s.boundPairs() {
		cmd := exec.Command(path, s.Transport, strconv.Itoa(s.Payload), strconv.Itoa(s.Depth),
			strconv.Itoa(cpus[0]), strconv.Itoa(cpus[1]), strconv.FormatInt(int64(warmUp), 10), strconv.FormatInt(int64(duration), 10))
		p := &floorProgram{partner: &partner{cmd: cmd}}
		cmd.Stderr = &p.log
		in, err := cmd.StdinPipe()
		if err != nil {
			return all, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return all, err
		}
		if err := proc.Start(cmd, nil); err != nil {
			return all, fmt.Errorf("start the floor in C: %w", err)
		}
		p.in, p.out, p.unwatch = in, bufio.NewReader(out), context.AfterFunc(ctx, p.stop)
		all = append(all, p)
	}
	return all, all.each((*floorProgram).ready)
}

func (f floorPrograms) each(do func(*floorProgram) error) (err error) {
	for _, p := range f {
		err = errors.Join(err, do(p))
	}
	return err
}

// stop has the program end together with its other side.
func (p *floorProgram) stop() { _ = p.cmd.Process.Signal(syscall.SIGTERM) } // it may have ended

func (p *floorProgram) ready() error {
	if line, err := p.out.ReadString('\n'); err != nil || line != "ready\n" {
		return p.complain(line, err)
	}
	return nil
}

func (p *floorProgram) begin() error {
	if _, err := io.WriteString(p.in, "go\n"); err != nil {
		return p.complain("", err)
	}
	return nil
}

func (p *floorProgram) result() error {
	line, err := p.out.ReadString('\n')
	if err == nil {
		_, err = fmt.Sscan(line, &p.messages, &p.took, &p.cpu, &p.switches, &p.warm)
	}
	if err != nil {
		return p.complain(line, err)
	}
	return nil
}

// complain ends the program and says what it said.
func (p *floorProgram) complain(said string, err error) error {
	p.stop()
	late := time.AfterFunc(closePatience, p.kill)
	defer late.Stop()
	_ = p.wait() // blame tells of it
	if err == nil {
		err = errors.New("it is not understood")
	}
	return p.blame(fmt.Errorf("the floor in C says %q: %w", said, err))
}

func (p *floorProgram) close() error {
	p.unwatch()
	return p.partner.close()
}

// sum adds up what the programs have printed.
func (f floorPrograms) sum(e Exchanged, warmUp time.Duration) Exchanged {
	var took, cpu, switches, longest float64
	for _, p := range f {
		e.Messages += p.messages
		e.Warm += int(p.warm)
		e.Rate += float64(p.messages) / p.took * float64(time.Second)
		took, cpu, switches, longest = took+p.took, cpu+p.cpu, switches+p.switches, max(longest, p.took)
	}
	n := float64(e.Messages)
	e.PerMessage, e.CPU, e.Switches, e.Allocs = took/n, cpu/n, switches/n, -1
	e.Ran = warmUp + time.Duration(longest)
	return e
}
