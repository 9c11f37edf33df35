package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var styleSource string

//go:embed page.js
var script string

// page renders the chapters into one file that needs no other, as much of them
// as it may weigh.
func page(chapters []chapter) (page []byte, err error) {
	most, fills := heaviest*len(chapters), fills()
	for i, f := range fills {
		fitting := slices.Clone(chapters)
		for i := range fitting {
			fitting[i] = fitting[i].within(f)
		}
		if i == len(fills)-1 {
			most = math.MaxInt
		}
		if page, err = render(fitting, most); !errors.Is(err, errHeavy) {
			return page, err
		}
	}
	return page, err
}

// errHeavy ends the rendering of a page that would weigh too much.
var errHeavy = errors.New("page too heavy")

// A light page takes no more bytes than it may weigh.
type light struct {
	page bytes.Buffer
	most int
}

// Write implements io.Writer.
func (l *light) Write(p []byte) (int, error) {
	if l.page.Len()+len(p) > l.most {
		return 0, errHeavy
	}
	return l.page.Write(p)
}

// pageTemplate is made once: a page may be rendered more often.
var pageTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"figure": func(c chapter, f figure) figureView {
			return figureView{c.Prefix + f.id, c.Prefix + f.table, f, f.svgs()}
		},
		"sectionFigures": func(s section) []figure { return s.figures },
		"sectionID":      func(c chapter, s section) string { return c.Prefix + s.ID },
		"firstFigures":   func(c chapter) []figure { return c.figures },
		"table":          func(c chapter, t table) tableView { return tableView{c.Prefix + t.ID, t} },
		"alone":          func(t table) tableView { return tableView{t.ID, t} },
		"rulings":        func(c chapter, s section) rulingsView { return rulingsView{c, s.Claims} },
		"rows":           tableView.markup,
	}).Parse(pageSource)
})

// render makes the page of chapters, or is errHeavy.
func render(chapters []chapter, most int) ([]byte, error) {
	t, err := pageTemplate()
	if err != nil {
		return nil, err
	}
	css := styleSheet()
	b := light{most: most}
	if err := t.Execute(&b, map[string]any{
		"Policy":   policy(css),
		"Style":    template.CSS(css),
		"Script":   template.JS(script),
		"Chapters": chapters,
		"Several":  compare(chapters),
	}); err != nil {
		return nil, err
	}
	head, rest, _ := bytes.Cut(visible(b.page.Bytes()), []byte("<body>"))
	end := max(0, bytes.LastIndex(rest, []byte("<script>")))
	page := slices.Concat(head, []byte("<body>"), unbroken(rest[:end]), rest[end:])
	if len(page) > most {
		return nil, errHeavy
	}
	return page, nil
}

// source is a text of the page as a policy names it: by its hash, so that
// nothing else in its place is obeyed.
func source(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

// visible spells the signs that have no look of their own, as Go does: those
// that turn the direction of what stands around them, and all that controls a
// terminal. The page's own text has none but the ends of its lines.
func visible(page []byte) []byte {
	hidden := func(r rune) bool { return !unicode.IsGraphic(r) && r != '\n' && r != '\t' }
	if bytes.IndexFunc(page, hidden) < 0 {
		return page
	}
	var b bytes.Buffer
	for _, r := range string(page) {
		if hidden(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

// unbreakable are the units that stay on the line of their number.
var unbreakable = []string{"ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB", "core", "cores", "CPU", "CPUs", "tasks/s"}

// unbroken puts a space that breaks no line between a number and its unit, in
// what a page says: not in its tags, and not in a command that is to be copied.
func unbroken(page []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(page) + len(page)/16)
	from := 0
	for i := 0; i < len(page); i++ {
		switch page[i] {
		case '<':
			end := []byte(">")
			if bytes.HasPrefix(page[i:], []byte("<pre")) {
				end = []byte("</pre>")
			}
			i += max(0, bytes.Index(page[i:], end))
		case ' ':
			if number := bytes.TrimRight(page[from:i], "kMG"); len(number) > 0 && unicode.IsDigit(rune(number[len(number)-1])) && isUnit(page[i+1:]) {
				out.Write(page[from:i])
				out.WriteString("\u00a0")
				from = i + 1
			}
		}
	}
	out.Write(page[from:])
	return out.Bytes()
}

// isUnit tells whether a text begins with a unit.
func isUnit(text []byte) bool {
	return slices.ContainsFunc(unbreakable, func(unit string) bool {
		after, begins := bytes.CutPrefix(text, []byte(unit))
		next, _ := utf8.DecodeRune(after)
		return begins && !unicode.IsLetter(next)
	})
}

// A rulingsView is a section's claims with the chapter that they stand in.
type rulingsView struct {
	Chapter chapter
	Groups  []rulings
}

// A figureView is a figure with the id that it has on the page.
type figureView struct {
	ID, Table string // on the page
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

// styleSheet is the page's style with the inks of both themes.
func styleSheet() string {
	var light, dark, classes strings.Builder
	for _, k := range inks() {
		fmt.Fprintf(&light, "--%s:#%06x;", k.name, k.light)
		fmt.Fprintf(&dark, "--%s:#%06x;", k.name, k.dark)
		fmt.Fprintf(&classes, ".k-%s{color:var(--%s)}", k.name, k.name)
	}
	for _, s := range palette() {
		fmt.Fprintf(&classes, ".off-%s .k-%s{visibility:hidden}", s.ink.name, s.ink.name)
	}
	return fmt.Sprintf(":root{color-scheme:light dark;%s}\n@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){%s}}\n@media screen{:root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark;%s}}\n%s\n%s", light.String(), dark.String(), dark.String(), classes.String(), styleSource)
}
