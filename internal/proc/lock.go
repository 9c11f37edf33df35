package proc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// ErrLocked is wrapped by the error of Lock when another process holds the lock.
var ErrLocked = errors.New("locked")

// Lock makes sure that this process is the only one that holds the file, and
// writes its process id into it. The lock ends with release or with the
// process, however that ends. The error names the process that holds it.
func Lock(path string) (release func() error, err error) {
	f, err := openShared(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("lock: %w: set TMPDIR to a directory that exists", err)
	}
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := tryLock(f); err != nil {
		defer f.Close()
		holder, _ := io.ReadAll(io.LimitReader(f, 20)) // the holder is named if it can be read
		return nil, fmt.Errorf("%s: %w by process %s", path, ErrLocked, strings.TrimSpace(string(holder)))
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	if err != nil {
		return nil, fmt.Errorf("lock: %w", errors.Join(err, f.Close()))
	}
	return f.Close, nil
}

// openShared opens a file that other users may open as well. In a directory
// like /tmp, Linux lets no one open the file of another with O_CREATE. A
// symbolic link, which another user may have put there, is not followed.
func openShared(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|noFollow, 0)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o666)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o666); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
