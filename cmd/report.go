package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/report"
)

func newReport() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "report FILE...",
		Short: "Make the page of result files: index.html, pictures, report.json",
		Long: `Make the page of result files: index.html, which needs no other file and no
network, its figures as PNG, and report.json with every number. Several files
(machines, dates, builds) stand side by side in one page; nothing is pooled
across them. The page of a file weighs a megabyte at most: where there is more,
it says what it leaves out, and report.json holds it.`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			files, err := read(paths)
			if err != nil {
				return err
			}
			warn(cmd.ErrOrStderr(), files)
			if dir == "" {
				dir = filepath.Dir(paths[0])
			}
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return fmt.Errorf("%w: choose another directory with --dir", err)
			}
			if err := report.Write(dir, files); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "page: %s\n", filepath.Join(dir, "index.html"))
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "directory of the page (default that of the first file)")
	return c
}

// warn tells what the files lack.
func warn(w io.Writer, files []*result.File) {
	for _, f := range files {
		for _, text := range f.Warnings {
			fmt.Fprintf(w, "warning: %s: %s\n", f.Path, text)
		}
		if f.Interrupted {
			fmt.Fprintf(w, "warning: %s: interrupted: %d of %d samples\n", f.Path, len(f.Samples), len(f.Plan)*f.Run.Rounds)
		}
	}
}

// read reads result files, at least one.
func read(paths []string) ([]*result.File, error) {
	if len(paths) == 0 {
		return nil, errors.New("no result file: name one, such as results/local/bench.txt")
	}
	var files []*result.File
	for _, path := range paths {
		f, err := result.Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: make one with nonrev run --dir %s", err, filepath.Dir(path))
		}
		if err != nil {
			return nil, err
		}
		if f.Run.Version > 0 && len(f.Samples)+len(f.Failures)+len(f.Blanks) == 0 {
			return nil, fmt.Errorf("%s: holds no sample: go on with nonrev run --resume, or take a whole copy", path)
		}
		f.Judge()
		files = append(files, f)
	}
	return files, nil
}
