package report

import (
	"html"
	"html/template"
	"slices"
	"strings"
)

// markup is the table as an element. A page of many cells is tables for the
// most part, and a template takes ten times as long for them.
func (t tableView) markup() template.HTML {
	var b strings.Builder
	class, labels := "", make([]string, len(t.Columns))
	if t.Open {
		class = ` class="cards"`
		for i, c := range t.Columns {
			labels[i] = ` data-label="` + html.EscapeString(c) + `"`
		}
	}
	b.WriteString("\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + html.EscapeString(t.Title) + "\"><table id=\"" + html.EscapeString(t.ID) + "\"" + class + ">\n<thead><tr>")
	classes := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		if numeric(t, i) {
			classes[i] = ` class="n"`
		}
		b.WriteString(`<th scope="col"` + classes[i] + `>` + html.EscapeString(c) + `</th>`)
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range t.Rows {
		b.WriteString("<tr>")
		for i, d := range row {
			d.markup(&b, classes[i], labels[i])
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table></div>")
	if t.all > 0 {
		b.WriteString("\n<p class=\"count\">" + t.Count() + " rows stand here; report.json beside this page holds all.</p>")
	}
	return template.HTML(b.String())
}

// markup writes the field into a column with a class and a label.
func (d datum) markup(b *strings.Builder, class, label string) {
	if d.Style != "" {
		class = ` class="` + string(d.Style) + `"`
	}
	b.WriteString("<td" + class + label + ">")
	b.WriteString(html.EscapeString(d.Text))
	if d.Note != "" {
		b.WriteString("<small>" + html.EscapeString(d.Note) + "</small>")
	}
	b.WriteString("</td>")
}

// numeric tells whether a column holds numbers, so that they stand right.
func numeric(t tableView, column int) bool {
	return slices.ContainsFunc(t.Rows, func(row []datum) bool { return row[column].Number != nil || row[column].Style == asGap })
}
