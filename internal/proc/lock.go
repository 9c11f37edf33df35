package proc

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Lock makes sure that this process is the only one that holds the file, and
// writes its process id into it. The lock ends with release or with the
// process, however that ends. The error names the process that holds it.
func Lock(path string) (release func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := tryLock(f); err != nil {
		defer f.Close()
		holder, _ := io.ReadAll(io.LimitReader(f, 20)) // the holder is named if it can be read
		return nil, fmt.Errorf("locked by process %s", strings.TrimSpace(string(holder)))
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock: %w", err)
	}
	if _, err := fmt.Fprintf(f, "%d\n", os.Getpid()); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock: %w", err)
	}
	return f.Close, nil
}
