package cmd

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/sweep"
)

// invocation is a command of ours in a text, with its flags.
var (
	invocation = regexp.MustCompile(`(?m)\b(?:bin/)?nonrev ([a-z]+)((?: +\S+)*)`)
	longFlag   = regexp.MustCompile(`(?:^| )--([a-z-]+)`)
)

// What README and workflows tell people to type must exist.
func TestInvocationsExist(t *testing.T) {
	root := newRoot(sweep.Catalogue{})
	for _, path := range []string{"../README.md", "../.github/workflows/gate.yml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, m := range invocation.FindAllStringSubmatch(string(text), -1) {
			c, _, err := root.Find([]string{m[1]})
			if err != nil || c == root || !strings.Contains(m[2], "--") {
				continue // prose
			}
			found++
			for _, f := range longFlag.FindAllStringSubmatch(m[2], -1) {
				if c.Flags().Lookup(f[1]) == nil && root.Flags().Lookup(f[1]) == nil {
					t.Errorf("%s: nonrev %s has no --%s", path, m[1], f[1])
				}
			}
		}
		if found == 0 {
			t.Errorf("%s shows no command of ours", path)
		}
	}
}

// The workflow to copy must stay short.
func TestWorkflowToCopyIsShort(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n")
	yaml, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("the README shows no workflow")
	}
	if n := strings.Count(yaml, "\n"); n > 15 {
		t.Errorf("the workflow has %d lines", n)
	}
	if !strings.Contains(yaml, "--old-cmd") || !strings.Contains(yaml, "on: pull_request") {
		t.Errorf("the workflow gates no pull request:\n%s", yaml)
	}
}
