package cmd

import (
	"fmt"
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
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			var files []*result.File
			for _, path := range paths {
				f, err := result.Read(path)
				if err != nil {
					return err
				}
				files = append(files, f)
			}
			if dir == "" {
				dir = filepath.Dir(paths[0])
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
