//go:build !linux

package proc

import "os/exec"

// CanPin tells whether processes can be bound to CPUs here.
const CanPin = false

func self(name string) string { return name }

func startPinned(cmd *exec.Cmd, _ []int) error { return cmd.Start() }

// KillOrphans kills nothing: there is no way to find what was left behind
// outside its process group.
func KillOrphans() (killed int, err error) { return 0, nil }
