package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var styleSource string

// page renders the chapters into one file that needs no other.
func page(chapters []chapter) ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"figure":         func(c chapter, f figure) figureView { return figureView{c.Prefix + f.id, f, f.svgs()} },
		"sectionFigures": func(s section) []figure { return s.figures },
		"sectionID":      func(c chapter, s section) string { return c.Prefix + s.ID },
		"firstFigures":   func(c chapter) []figure { return c.figures },
		"table":          func(c chapter, t table) tableView { return tableView{c.Prefix + t.ID, t} },
		"numeric":        numeric,
	}).Parse(pageSource)
	if err != nil {
		return nil, err
	}
	css := styleSheet()
	hash := sha256.Sum256([]byte(css))
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Policy":   "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'",
		"Style":    template.CSS(css),
		"Chapters": chapters,
	})
	return b.Bytes(), err
}

// A figureView is a figure with the id that it has on the page.
type figureView struct {
	ID string
	figure
	SVGs []template.HTML
}

// Title is the figure's, for the template.
func (f figureView) Title() string { return f.title }

// Text is the figure's, for the template.
func (f figureView) Text() string { return f.text }

// Wide is the figure's, for the template.
func (f figureView) Wide() bool { return f.wide }

// Roomy tells whether the page has three charts in a row instead of four.
func (f figureView) Roomy() bool {
	_, _, columns := f.size()
	return columns == 3
}

// A tableView is a table with the id that it has on the page.
type tableView struct {
	ID string
	table
}

// numeric tells whether a column holds numbers, so that they stand right.
func numeric(t tableView, column int) bool {
	return slices.ContainsFunc(t.Rows, func(row []datum) bool { return row[column].Number != nil || row[column].Style == asGap })
}

// styleSheet is the page's style with the inks of both themes.
func styleSheet() string {
	var light, dark, classes strings.Builder
	for _, k := range inks() {
		fmt.Fprintf(&light, "--%s:#%06x;", k.name, k.light)
		fmt.Fprintf(&dark, "--%s:#%06x;", k.name, k.dark)
		fmt.Fprintf(&classes, ".k-%s{color:var(--%s)}", k.name, k.name)
	}
	return fmt.Sprintf(":root{color-scheme:light dark;%s}\n@media screen and (prefers-color-scheme:dark){:root{%s}}\n%s\n%s", light.String(), dark.String(), classes.String(), styleSource)
}
