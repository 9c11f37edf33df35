package sweep

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
)

func TestAHelperThatHasEndedIsReplaced(t *testing.T) {
	m, err := ThisMachine()
	if err != nil {
		t.Fatal(err)
	}
	c := faulty()
	cell := result.Cell{Workload: "helped", Model: "locked", Cores: 1}
	var log bytes.Buffer
	s := &sweep{Options: Options{Catalogue: c, Log: &log}, machine: m, run: result.Run{Cores: []int{1}}}
	s.helpers = startHelpers(Build{}, c, []result.Cell{cell}, nil)
	defer func() { s.helpers.close() }()
	first := s.helper(cell)
	if err := first.ready(false, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := first.used(); err != nil {
		t.Fatal(err)
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.ended
	if err := first.ready(false, nil); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("a killed helper is ready: %v", err)
	}
	if used, err := first.used(); used != first.last || err != nil {
		t.Errorf("a killed helper used %v, %v", used, err)
	}
	second := s.helper(cell)
	if second == first || second.ready(false, nil) != nil || second.address == "" {
		t.Errorf("no other helper serves: %+v", second)
	}
	if !strings.Contains(log.String(), "starting another") {
		t.Errorf("nothing is said: %q", log.String())
	}
}
