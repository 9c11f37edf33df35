//go:build !linux

package proc

import (
	"io"
	"os"
)

// Bare is the connection as it is.
func Bare(r io.Reader, w io.Writer) (io.Reader, io.Writer) { return r, w }

// A Word would be a place in memory that two processes share.
type Word struct{ Stamp, Value uint64 }

// Words would be one Word there and one back.
type Words struct{ There, Back Word }

// NewWords says that this is done on Linux only.
func NewWords() (*Words, *os.File, error) { return nil, nil, linuxOnly("words in shared memory") }

// JoinWords says that this is done on Linux only.
func JoinWords() (*Words, error) { return nil, linuxOnly("words in shared memory") }

// Give does nothing, for there is no Word.
func (w *Word) Give(bool) {}

// Spin is false: there is no other side.
func (w *Words) Spin(*Word, uint32) bool { return false }

// Sleep is false: there is no other side.
func (w *Words) Sleep(*Word, uint32) bool { return false }

// Gone does nothing, for there is nobody to wait for.
func (w *Words) Gone() {}

// Close does nothing, for there is no memory.
func (w *Words) Close() error { return nil }
