package cmd

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/nonrev/nonrev/internal/result"
	"github.com/nonrev/nonrev/internal/sweep"
	"github.com/nonrev/nonrev/report"
	"github.com/nonrev/nonrev/runners"
	"github.com/nonrev/nonrev/workloads"
)

// fullFile is a run of the profile full with made-up numbers.
func fullFile(t *testing.T, cores int) *result.File {
	t.Helper()
	c := sweep.Catalogue{Workloads: workloads.All(), Models: runners.All()}
	p, err := sweep.FindProfile("full")
	if err != nil {
		t.Fatal(err)
	}
	f := &result.File{Path: "full/bench.txt", Plan: p.Cells(c, sweep.CoreList(cores))}
	f.Run = result.Run{
		Version: 1, Profile: "full", Rounds: 6, Cores: sweep.CoreList(cores), CPU: "Made-up CPU", GOOS: "linux", GOARCH: "amd64",
		OneLoop: []string{"eventloop"}, IO: []string{"echo"}, Ceiling: map[string]string{"fannkuch": "spin", "wordcount": "memcpy"},
	}
	units := []string{
		result.WallNS, result.TaskRate, result.OverheadNS, result.IPCNS, result.EncodeNS, result.CopyNS, result.WakeNS, result.DecodeNS, result.LockNS, result.IdleNS, result.BodyNS,
		result.CPUNS, result.StartNS, result.Switches, result.PeakRSS,
	}
	r := rand.New(rand.NewPCG(1, 1))
	for round := range f.Run.Rounds {
		for _, cell := range f.Plan {
			s := result.Sample{Cell: cell, Round: round, Passes: 7, WindowNS: 160e6, RanNS: 100e6}
			for i, u := range units {
				if !cell.OfMachine() || u == result.WallNS {
					s.Values = append(s.Values, result.Value{Unit: u, Value: 1e6 / float64(1+i) * math.Exp(0.1*r.NormFloat64())})
				}
			}
			if cell.OfMachine() {
				s.Values = append(s.Values, result.Value{Unit: result.OpRate, Value: 1e9 * r.Float64()}, result.Value{Unit: result.ByteRate, Value: 1e9 * r.Float64()})
			}
			f.Samples = append(f.Samples, s)
		}
	}
	f.Judge()
	return f
}

// A page is sent by mail and kept: a megabyte is what it may weigh.
func TestThePageOfAllIsLight(t *testing.T) {
	dir, f := t.TempDir(), fullFile(t, 2)
	if err := report.Write(dir, []*result.File{f}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if most := 1_000_000; len(page) > most || len(page) < most/4 {
		t.Errorf("the page of %d cells weighs %d bytes, more than %d or too little to be whole", len(f.Plan), len(page), most)
	}
	if !bytes.Contains(page, []byte("rows stand here; report.json beside this page holds all")) {
		t.Error("the page does not say what it leaves out")
	}
}
