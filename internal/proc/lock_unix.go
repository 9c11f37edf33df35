//go:build unix

package proc

import "syscall"

const noFollow = syscall.O_NOFOLLOW
