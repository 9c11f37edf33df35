package report

import (
	"bytes"
	_ "embed" // the template of leaflets
	"html/template"
	"io"
)

//go:embed leaflet.html
var leafletSource string

// A leaflet is a page of another kind than that of result files, in the same look:
// it needs no other file and no network.
type leaflet struct {
	Title  string
	Lead   []string
	Notice []string // what is wrong, above all else
	Parts  []leafletPart
}

// A leafletPart is a section of a leaflet.
type leafletPart struct {
	ID, Title string // no title, no heading
	Text      []string
	Shown     []shown
}

// shown is a figure, if there is one, with the table of its numbers.
type shown struct {
	Figure *leafletFigure
	Table  tableView
}

// A leafletFigure is a figure as the template takes it.
type leafletFigure struct {
	ID, Title, Text string
	Wide            bool
	SVGs            []template.HTML
}

func newLeafletFigure(f figure) *leafletFigure {
	return &leafletFigure{f.id, f.title, f.text, f.wide, f.svgs()}
}

// write renders the leaflet.
func (s leaflet) write(w io.Writer) error {
	t, err := template.New("leaflet").Funcs(template.FuncMap{"rows": tableView.markup}).Parse(leafletSource)
	if err != nil {
		return err
	}
	css := styleSheet()
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Policy":  policy(css),
		"Style":   template.CSS(css),
		"Script":  template.JS(script),
		"Leaflet": s,
	})
	if err != nil {
		return err
	}
	_, err = w.Write(visible(b.Bytes()))
	return err
}

// policy is what a page of this style may do: nothing but follow its own script.
func policy(css string) string {
	return "default-src 'none'; style-src " + source(css) + "; script-src " + source(script) + "; base-uri 'none'; form-action 'none'"
}
