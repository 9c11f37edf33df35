package runners

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
)

// The least programs.
const (
	goSource = "package main\n\nfunc main() {}\n"
	cSource  = "int main(void) { return 0; }\n"
)

// buildNothing is the least program in C.
func buildNothing(ctx context.Context, dir string) (string, error) {
	return buildC(ctx, dir, []byte(cSource))
}

// built starts a program that build makes in a directory that is there for it.
func built(build func(ctx context.Context, dir string) (program string, err error)) func(context.Context) (start, func() error, error) {
	return func(ctx context.Context) (start, func() error, error) {
		dir, err := os.MkdirTemp("", "nonrev-spawn-")
		if err != nil {
			return nil, nil, err
		}
		remove := func() error { return os.RemoveAll(dir) }
		program, err := build(ctx, dir)
		if err != nil {
			return nil, nil, errors.Join(err, remove())
		}
		env := append(os.Environ(), "GOMAXPROCS=1") // as workers have it
		return func(ctx context.Context) (time.Duration, error) {
			return runToEnd(ctx, &exec.Cmd{Path: program, Args: []string{program}, Env: env, Stderr: os.Stderr})
		}, remove, nil
	}
}

// buildGo asks for nothing but the standard library, and for no network.
func buildGo(ctx context.Context, dir string) (string, error) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("no go command (%w): %w", err, errors.ErrUnsupported)
	}
	source, program := filepath.Join(dir, "program.go"), programIn(dir)
	if err := os.WriteFile(source, []byte(goSource), 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command(tool, "build", "-o", program, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "GOPROXY=off", "GOOS=", "GOARCH=", "GOTMPDIR=")
	return program, compile(ctx, dir, cmd)
}

// buildC links statically where that can be: such a program starts faster and
// asks for no libraries.
func buildC(ctx context.Context, dir string, text []byte) (string, error) {
	tool, err := exec.LookPath(cmp.Or(os.Getenv("CC"), "cc"))
	if err != nil {
		return "", fmt.Errorf("no C compiler (%w): %w", err, errors.ErrUnsupported)
	}
	source, program := filepath.Join(dir, "program.c"), programIn(dir)
	if err := os.WriteFile(source, text, 0o600); err != nil {
		return "", err
	}
	if compile(ctx, dir, exec.Command(tool, "-O2", "-static", "-o", program, source)) == nil {
		return program, nil
	}
	return program, compile(ctx, dir, exec.Command(tool, "-O2", "-o", program, source))
}

// programIn has the name that one system asks for and no other minds.
func programIn(dir string) string { return filepath.Join(dir, "program.exe") }

// compileGrace is how long the helpers of a compiler that was killed may hold
// on to its output.
const compileGrace = time.Second

// compile says what the compiler has said when it fails. Whatever it leaves
// behind when it is killed lies in the directory.
func compile(ctx context.Context, dir string, cmd *exec.Cmd) error {
	var log proc.Tail
	cmd.Dir, cmd.Env = dir, append(cmd.Environ(), "TMPDIR="+dir)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &log, &log, compileGrace
	if _, err := runToEnd(ctx, cmd); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("%s cannot build the program: %v: %s: %w", filepath.Base(cmd.Path), err, log.Reason(), errors.ErrUnsupported)
	}
	return nil
}
