package report

import (
	"regexp"
	"strings"
	"testing"
)

func TestNumbersKeepTheirUnits(t *testing.T) {
	for in, want := range map[string]string{
		"take 50 µs on 2 cores":            "take 50_µs on 2_cores",
		"16.6k tasks/s, 2.00 s":            "16.6k_tasks/s, 2.00_s",
		"1.95× (17.9–18.9 µs)":             "1.95× (17.9–18.9_µs)",
		"3 sizes of 4 KiB; 2 sorts":        "3 sizes of 4_KiB; 2 sorts",
		"a task core":                      "a task core",
		`<td class="4 ns">4 ns</td>`:       `<td class="4 ns">4_ns</td>`,
		"<pre>sleep 1 s</pre> 1 s":         "<pre>sleep 1 s</pre> 1_s",
		"1 ms":                             "1_ms",
		"8 CPUs, 1 CPU":                    "8_CPUs, 1_CPU",
		"no number ns and a last number 5": "no number ns and a last number 5",
	} {
		if got := strings.ReplaceAll(string(unbroken([]byte(in))), "\u00a0", "_"); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// breakable is a number that may be torn from its unit.
var breakable = regexp.MustCompile(`[0-9] (ns|µs|ms|s|B|KiB|MiB|GiB|cores?)\b`)

func TestNoNumberOfAPageIsTornFromItsUnit(t *testing.T) {
	html, err := page([]chapter{newChapter("", trusted(t))})
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(html), "<body>")
	body, _, _ = strings.Cut(body, "<script>")
	text := regexp.MustCompile(`(?s)<pre.*?</pre>|<[^>]*>`).ReplaceAllString(body, "\n")
	if torn := breakable.FindAllString(text, 5); torn != nil {
		t.Errorf("the page may break %q", torn)
	}
	if n := strings.Count(text, "\u00a0"); n < 100 {
		t.Errorf("%d spaces that do not break, of a page full of numbers", n)
	}
	if !strings.Contains(body, "<pre tabindex=\"0\"><code>nonrev run") {
		t.Error("the command is not as it is to be typed")
	}
}
