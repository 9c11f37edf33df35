//go:build !linux

package proc

import "os/exec"

// CanPin tells whether processes can be bound to CPUs here.
const CanPin = false

func self(name string) string { return name }

func startPinned(cmd *exec.Cmd, _ []int) error { return cmd.Start() }
