package result

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inFour lets a file be read in up to four parts for the length of a test.
func inFour(t *testing.T) {
	before := runtime.GOMAXPROCS(4)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

func TestPartsAreReadLikeTheWhole(t *testing.T) {
	inFour(t)
	data, err := os.ReadFile(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.Index(data, sampleMark)
	failed := mark + `failure {"cell":"Fannkuch/grain=null/model=serial-1","round":3,"kind":"crash","text":"x"}` + "\n" + mark + "new kind\n"
	middle := len(data)/2 + bytes.Index(data[len(data)/2:], sampleMark) + 1
	for name, text := range map[string]string{
		"the reference":           string(data),
		"a failure in between":    string(data[:middle]) + failed + string(data[middle:]),
		"a blank line":            string(data[:middle]) + "\n" + string(data[middle:]),
		"a sample twice":          string(data) + string(data[first+1:][:bytes.Index(data[first+1:], sampleMark)+1]),
		"a line that is no one's": strings.Replace(string(data), "\n"+mark+`sample {"round":7`, "\nPASS\n"+mark+`sample {"round":7`, 1),
		"damage at the end":       strings.TrimSuffix(string(data), "\n") + " 1\n",
		"cut off":                 string(data[:len(data)-30]),
	} {
		want, wantErr := parse("bench.txt", []byte(text), false)
		got, err := Parse("bench.txt", []byte(text))
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("%s: error %v, want %v", name, err, wantErr)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(File{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestALargeFileIsReadInParts(t *testing.T) {
	inFour(t)
	data, err := os.ReadFile(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	r := readerOf("bench.txt")
	r.stale = true
	r.survey(data)
	head := data[:bytes.Index(data, sampleMark)]
	for r.next < int64(len(head)) {
		if err := r.advance(); err != nil {
			t.Fatal(err)
		}
	}
	r.begun, r.stale, r.part = true, false, nil
	if err := r.inParts(); err != nil || len(r.data) > 0 || len(r.out.Samples) != bytes.Count(data, sampleMark) {
		t.Errorf("%d samples, %d bytes are left, error %v", len(r.out.Samples), len(r.data), err)
	}
}
