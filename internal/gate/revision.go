package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nonrev/nonrev/internal/proc"
)

// A Revision is a build of a revision of the repository that the working
// directory is in.
type Revision struct {
	Program string // its path
	Commit  string
	dir     string // that holds it
}

// BuildRevision builds a package, a path below the working directory such as
// ./cmd/nonrev, as it was at a revision. It does so in a worktree of its own,
// which is gone when it returns; Close removes the program. The repository and
// its working tree are left as they are.
func BuildRevision(ctx context.Context, name, pkg string) (r Revision, err error) {
	prefix, err := output(ctx, ".", nil, "git", "rev-parse", "--show-prefix")
	if err != nil {
		return r, err
	}
	if r.Commit, err = output(ctx, ".", nil, "git", "rev-parse", "--verify", "--end-of-options", name+"^{commit}"); err != nil {
		return r, fmt.Errorf("%w: in a clone without history, fetch the revision first", err)
	}
	if r.dir, err = os.MkdirTemp("", "nonrev-gate"); err != nil {
		return r, err
	}
	r.Program = filepath.Join(r.dir, "program.exe")
	tree := filepath.Join(r.dir, "tree")
	_, err = output(ctx, ".", nil, "git", "worktree", "add", "--detach", tree, r.Commit)
	if err == nil {
		err = r.build(ctx, filepath.Join(tree, filepath.FromSlash(prefix)), pkg)
	}
	// The tree must go even if ctx has ended, and what git knows of it too. One
	// that was not finished is locked still.
	always := context.WithoutCancel(ctx)
	_, _ = output(always, ".", nil, "git", "worktree", "unlock", tree)
	gone := os.RemoveAll(tree)
	_, forgotten := output(always, ".", nil, "git", "worktree", "prune")
	if err = errors.Join(err, gone, forgotten); err != nil {
		err = errors.Join(err, r.Close())
	}
	return r, err
}

// build builds the program. What go leaves when it is stopped is left where
// Close finds it.
func (r Revision) build(ctx context.Context, dir, pkg string) error {
	env := []string{"GOTMPDIR=" + r.dir}
	if _, set := os.LookupEnv("CGO_ENABLED"); !set {
		env = append(env, "CGO_ENABLED=0") // as the Makefile builds
	}
	_, err := output(ctx, dir, env, "go", "build", "-o", r.Program, pkg)
	return err
}

// Close removes the program.
func (r Revision) Close() error { return os.RemoveAll(r.dir) }

// output is what a program prints, without the end of the line. All that it has
// started ends with ctx.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(os.Environ(), env...), commandGrace
	proc.OwnGroup(cmd)
	cmd.Cancel = func() error { return proc.KillGroup(cmd) }
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}
