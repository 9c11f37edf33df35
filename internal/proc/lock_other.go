//go:build !unix

package proc

const noFollow = 0 // the platform has no such flag
