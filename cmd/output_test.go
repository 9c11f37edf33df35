package cmd

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/sweep"
)

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{{"list", "profiles"}, {"--help"}, {"list", "models", "--json"}} {
		var stderr bytes.Buffer
		status := Execute(context.Background(), sweep.Catalogue{}, full{}, &stderr, args)
		if status != unusable || !strings.Contains(stderr.String(), "no space left") || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: status %d, %q", args, status, stderr.String())
		}
	}
}

func TestPrintable(t *testing.T) {
	if got, want := printable("a\x1b[2J\né"), `a\x1b[2J\né`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
