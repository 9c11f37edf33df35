package proc

import (
	"os/exec"
	"strings"
	"testing"
)

func TestFillMakesEnvironmentsDiffer(t *testing.T) {
	sizes := map[int]bool{}
	for seed := range uint64(100) {
		cmd := exec.Command("true")
		cmd.Env = []string{"A=1", fillVariable + "=inherited"}
		Fill(cmd, seed)
		if len(cmd.Env) != 2 || cmd.Env[0] != "A=1" {
			t.Fatalf("environment %q", cmd.Env)
		}
		again := &exec.Cmd{Env: []string{"A=1"}}
		if Fill(again, seed); again.Env[1] != cmd.Env[1] {
			t.Errorf("seed %d fills in two ways", seed)
		}
		n := len(strings.TrimPrefix(cmd.Env[1], fillVariable+"="))
		if n >= fillLimit {
			t.Errorf("seed %d fills up %d bytes", seed, n)
		}
		sizes[n] = true
	}
	if len(sizes) < 90 {
		t.Errorf("100 seeds give %d sizes", len(sizes))
	}
}
