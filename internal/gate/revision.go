package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	prefix, err := output(ctx, ".", "git", "rev-parse", "--show-prefix")
	if err != nil {
		return r, err
	}
	if r.Commit, err = output(ctx, ".", "git", "rev-parse", "--verify", "--end-of-options", name+"^{commit}"); err != nil {
		return r, fmt.Errorf("%w: in a clone without history, fetch the revision first", err)
	}
	if r.dir, err = os.MkdirTemp("", "nonrev-gate"); err != nil {
		return r, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	tree := filepath.Join(r.dir, "tree")
	if _, err := output(ctx, ".", "git", "worktree", "add", "--detach", tree, r.Commit); err != nil {
		return r, err
	}
	r.Program = filepath.Join(r.dir, "program.exe")
	_, err = output(ctx, filepath.Join(tree, filepath.FromSlash(prefix)), "go", "build", "-o", r.Program, pkg)
	// The tree must go even if ctx has ended.
	_, gone := output(context.WithoutCancel(ctx), ".", "git", "worktree", "remove", "--force", tree)
	return r, errors.Join(err, gone)
}

// Close removes the program.
func (r Revision) Close() error { return os.RemoveAll(r.dir) }

// output is what a program prints, without the end of the line.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if _, set := os.LookupEnv("CGO_ENABLED"); !set {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as the Makefile builds
	}
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
