// Package report says what result files mean: words, figures and tables of
// one page. It sees result files alone, never a model or a workload, and
// computes every number and every word from them.
package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"os"
	"slices"
	"strings"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/report/claims"
)

// A chapter is what the page says of one file.
type chapter struct {
	Prefix string     `json:"-"` // of its element ids and file names, "" for the first
	Path   string     `json:"file"`
	Run    result.Run `json:"run"`
	answer
	Spoiled  []spoiler `json:"-"` // why the machine is not to be trusted, for the first screen
	Machine  []string  `json:"-"`
	Tables   []table   `json:"tables"`
	Sections []section `json:"-"`
	Tally    []tallied `json:"-"` // verdicts by word, for the first screen
	figures  []figure  // the first screen's
	verdicts []claims.Verdict
}

// chapters reads every file. No file at all is an error.
func chapters(files []*result.File) ([]chapter, error) {
	if len(files) == 0 {
		return nil, errors.New("no result file: name at least one")
	}
	if err := eachOnce(files); err != nil {
		return nil, err
	}
	var out []chapter
	for i, f := range files {
		prefix := ""
		if i > 0 {
			prefix = fmt.Sprintf("f%d-", i+1)
		}
		out = append(out, newChapter(prefix, f))
	}
	return out, nil
}

func newChapter(prefix string, f *result.File) chapter {
	d := newDataset(f)
	c := chapter{Prefix: prefix, Path: f.Path, Run: f.Run, Machine: d.machine(), Spoiled: d.spoiled(), Tally: tallies(d.rulings), verdicts: d.rulings}
	var first figure
	var drawn bool
	jobs := []func(){func() { c.answer = d.answer() }, func() { first, drawn = d.headlineFigure() }}
	made := make([]section, len(sections()))
	for i, section := range sections() {
		jobs = append(jobs, func() { made[i] = section(d) })
	}
	onAllCPUs(len(jobs), func(i int) { jobs[i]() })
	slices.SortStableFunc(made, func(a, b section) int { return cmp.Compare(a.rank(), b.rank()) })
	ids, tables := names{}, map[string]string{}
	if drawn {
		first.id = ids.unique(first.id)
		c.figures = []figure{first}
	}
	for _, s := range made {
		if s.ID == "" { // nothing of it was asked for
			continue
		}
		s.figures = slices.DeleteFunc(s.figures, func(f figure) bool { return len(f.charts) == 0 })
		s.limit()
		s.ID = ids.unique(s.ID)
		for i := range s.Tables {
			was := s.Tables[i].ID
			s.Tables[i].ID = ids.unique("table-" + was)
			tables[was] = s.Tables[i].ID
		}
		for i := range s.figures {
			f := &s.figures[i]
			f.id, f.table, f.seen = ids.unique("figure-"+f.id), tables[f.table], map[sheet]template.HTML{}
		}
		c.Sections = append(c.Sections, s)
		c.Tables = append(c.Tables, s.Tables...)
		for _, g := range s.Claims {
			for _, r := range g.Claims {
				c.Tables = append(c.Tables, r.Evidence...)
			}
		}
	}
	for i := range c.figures {
		f := &c.figures[i]
		f.table, f.seen = tables[f.table], map[sheet]template.HTML{}
	}
	return c
}

// rank puts sections that hold nothing but why after those that tell of what was
// measured, and before those that tell how.
func (s section) rank() int {
	switch {
	case slices.Contains([]string{"gaps", "environment", "method"}, s.ID):
		return 2
	case len(s.figures)+len(s.Tables)+len(s.Claims) == 0:
		return 1
	}
	return 0
}

// mostDrawn is how many figures of a section, and panels of a figure, are
// drawn: more are looked at by no one, and files of other tools may hold
// thousands of names.
const mostDrawn = 24

// limit leaves out what is too much to draw, and says so.
func (s *section) limit() {
	if all := len(s.figures); all > mostDrawn {
		s.figures = s.figures[:mostDrawn]
		s.Text = append(s.Text, fmt.Sprintf("The first %d of %d figures are drawn; the tables hold all that was measured.", mostDrawn, all))
	}
	for i := range s.figures {
		if f := &s.figures[i]; len(f.charts) > mostDrawn {
			f.text += fmt.Sprintf(" The first %d of %d panels are drawn; the tables hold all that was measured.", mostDrawn, len(f.charts))
			f.charts = f.charts[:mostDrawn]
		}
	}
}

// names are the ids given out: two works may be spelled alike once the signs
// that an id cannot hold are gone.
type names map[string]bool

func (n names) unique(id string) string {
	id = strings.Trim(id, "-")
	free := id
	for i := 2; n[free]; i++ {
		free = fmt.Sprintf("%s-%d", id, i)
	}
	n[free] = true
	return free
}

// Write writes index.html, its figures as PNG and report.json into dir, which
// it creates. They appear together, the page last, or not at all. Errors name
// the path, and what to do about it; one file given twice is ErrTwice.
func Write(dir string, files []*result.File) error {
	chapters, err := chapters(files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("%w; name another directory with --dir", err)
	}
	b := &batch{dir: dir}
	var jobs []func() error
	made := func(name string, content func() ([]byte, error)) {
		jobs = append(jobs, func() error {
			data, err := content()
			if err != nil {
				return err
			}
			return b.add(name, data)
		})
	}
	made(pageName, func() ([]byte, error) { return page(chapters) })
	made("report.json", func() ([]byte, error) {
		all := map[string]any{"version": 1, "files": chapters}
		if c := compare(chapters); c != nil {
			all["comparison"] = c.Tables
		}
		numbers, err := json.MarshalIndent(all, "", " ")
		return append(numbers, '\n'), err
	})
	for _, c := range chapters {
		for _, f := range c.allFigures() {
			made(c.Prefix+strings.TrimPrefix(f.id, "figure-")+".png", f.png)
		}
	}
	return b.finish(atOnce(jobs))
}

func (c chapter) allFigures() []figure {
	out := slices.Clone(c.figures)
	for _, s := range c.Sections {
		out = append(out, s.figures...)
	}
	return out
}
