package workloads

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nonrev/nonrev/workloads/helper"
)

// runHere runs a pass the plainest way there is.
func runHere(t testing.TB, fx Effects, p Pass) {
	t.Helper()
	for id := range p.Len() {
		if err := p.Run(fx, id); err != nil {
			t.Fatal(err)
		}
	}
	p.Reduce()
}

func jobOf(t testing.TB, w Workload, p Params) Job {
	t.Helper()
	p, err := w.Params(p)
	if err != nil {
		t.Fatal(err)
	}
	job, err := w.Prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func TestFannkuchGivesThePublishedAnswers(t *testing.T) {
	for n := 3; n <= 10; n++ {
		for _, grain := range []string{"10us", "1ms"} {
			if n == 10 && grain == "10us" {
				continue // the same permutations, cut finer
			}
			p := jobOf(t, Fannkuch(), Params{Grain: grain, Knobs: map[string]int{"n": n}}).Pass(0)
			runHere(t, nil, p)
			if err := p.Check(); err != nil {
				t.Errorf("n=%d in tasks of %s: %v", n, grain, err)
			}
		}
	}
}

// TestFannkuchAgainstItsDefinition counts flips of permutations that are
// generated in another way; the maximum does not depend on the order.
func TestFannkuchAgainstItsDefinition(t *testing.T) {
	for n := 3; n <= 8; n++ {
		most := 0
		permute(make([]uint8, 0, n), n, func(p []uint8) {
			var perm [16]uint8
			copy(perm[:], p)
			if perm[0] != 0 {
				most = max(most, countFlips(perm))
			}
		})
		if want := fannkuchAnswers[n].maxFlips; most != want {
			t.Errorf("n=%d: %d flips, not %d", n, want, most)
		}
	}
}

func permute(p []uint8, n int, f func([]uint8)) {
	if len(p) == n {
		f(p)
	}
	for v := range uint8(n) {
		if !bytes.Contains(p, []byte{v}) {
			permute(append(p, v), n, f)
		}
	}
}

func TestEveryPositionIsReachedByStepsAndDirectly(t *testing.T) {
	const n = 6
	var perm, rotations [16]uint8
	permutationAt(0, perm[:n], rotations[:n])
	seen := map[[16]uint8]bool{}
	for at := range factorial(n) {
		var direct, r [16]uint8
		permutationAt(at, direct[:n], r[:n])
		if direct != perm || r != rotations {
			t.Fatalf("position %d: %v %v by steps, %v %v directly", at, perm, rotations, direct, r)
		}
		seen[perm] = true
		nextPermutation(&perm, &rotations, n)
	}
	if len(seen) != factorial(n) {
		t.Errorf("%d different permutations of %d", len(seen), factorial(n))
	}
}

func TestAPassHasWorkForEveryCore(t *testing.T) {
	for _, grain := range fannkuchGrains() {
		for _, width := range []int{1, 2, 7, 64} {
			got := jobOf(t, Fannkuch(), Params{Grain: grain, Width: width}).Pass(0).Len()
			if got < width || got%width != 0 {
				t.Errorf("grain %s: %d tasks for %d cores", grain, got, width)
			}
		}
	}
}

func TestTasksAreDealtOutEvenly(t *testing.T) {
	for _, c := range []struct{ unit, least, most, width, want int }{
		{1, 10, 100, 2, 10},
		{12, 10, 300, 2, 12},
		{12, 10, 300, 8, 24},
		{12, 10, 300, 16, 48},
		{12, 10, 300, 64, 192},
		{1, 4, 33, 64, 64},
		{4, 4, 33, 2, 4},
		{12, 10, 300, 23, 276},
		{1, 32, 1024, 10, 120},
	} {
		if got := evenly(c.unit, c.least, c.most, c.width); got != c.want {
			t.Errorf("%+v: got %d", c, got)
		}
	}
	for n := 3; n <= 10; n++ {
		for grain, perms := range fannkuchGrain {
			if perms > 0 && fannkuchCycles(n, perms, 6)*factorial(n)%perms != 0 {
				t.Errorf("n=%d, grain %s: the last task is smaller than the others", n, grain)
			}
		}
	}
}

// cheats run a pass wrongly, in ways that would make it look fast.
var cheats = map[string]func(p Pass, remembered Pass){
	"a skipped task": func(p, _ Pass) {
		for id := 1; id < p.Len(); id++ {
			_ = p.Run(cells(p), id)
		}
	},
	"a task run twice": func(p, _ Pass) {
		for id := range p.Len() {
			_ = p.Run(cells(p), id)
		}
		_ = p.Run(cells(p), 0)
	},
	"answers of an earlier pass": func(p, remembered Pass) {
		copyResults(p, remembered)
	},
}

// copyResults gives p the results of another pass, as a cache would.
func copyResults(p, from Pass) {
	dst, src := reflect.ValueOf(p).Elem(), reflect.ValueOf(from).Elem()
	for i := range p.Len() {
		reflect.Copy(exposed(dst, "outs").Slice(i, i+1), exposed(src, "outs").Slice(i, i+1))
		exposed(dst, "ran").Index(i).SetUint(1)
	}
	copy(p.Cells(), from.Cells())
}

func exposed(v reflect.Value, field string) reflect.Value {
	f := v.FieldByName(field)
	return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
}

// cellsOf lets a test run transactions one after the other.
type cellsOf struct {
	Undeclared
	c []int64
}

func (f cellsOf) Yield() error { return nil }

func (f cellsOf) Atomically(_ string, args ...int64) (int64, error) {
	return counterAdd().Body(f.c, args), nil
}

func cells(p Pass) Effects { return cellsOf{c: p.Cells()} }

func TestCheatingIsAWrongAnswer(t *testing.T) {
	for _, w := range []Workload{Fannkuch(), Wordcount(), Handoff(), Counter()} {
		params := Params{Knobs: map[string]int{}}
		switch w.Name {
		case "fannkuch":
			params.Grain = "1us"
		case "handoff":
			params.Payload = "16KiB"
		case "wordcount":
			params.Knobs["docs"] = 4
		}
		job := jobOf(t, w, params)
		for name, cheat := range cheats {
			honest := job.Pass(1)
			runHere(t, cells(honest), honest)
			p := job.Pass(2)
			cheat(p, honest)
			if err := p.Check(); err == nil {
				t.Errorf("%s passes for right with %s", w.Name, name)
			}
			if err := honest.Check(); err != nil {
				t.Errorf("%s: honest work is refused: %v", w.Name, err)
			}
		}
	}
}

func TestARecycledPassIsAsGoodAsANewOne(t *testing.T) {
	for _, w := range []Workload{Fannkuch(), Wordcount(), Handoff(), Counter()} {
		params := Params{}
		switch w.Name {
		case "fannkuch":
			params.Grain = "100us"
		case "handoff":
			params.Payload = "1KiB"
		}
		job := jobOf(t, w, params)
		p := job.Pass(1)
		runHere(t, cells(p), p)
		if !job.(Recycler).Recycle(p, 2) {
			t.Fatalf("%s: not recycled", w.Name)
		}
		if err := p.Check(); err == nil {
			t.Errorf("%s: the earlier results are still there", w.Name)
		}
		runHere(t, cells(p), p)
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		}
	}
	job := jobOf(t, Handoff(), Params{Payload: "64B"})
	if job.(Recycler).Recycle(job.(Prover).Proof(0), 1) {
		t.Error("a pass of another task is recycled")
	}
}

func TestTheProofOfHandoffSeesEveryByte(t *testing.T) {
	job := jobOf(t, Handoff(), Params{Payload: "16KiB"})
	p := job.(Prover).Proof(1)
	runHere(t, nil, p)
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	p = job.(Prover).Proof(2)
	p.(*pass[handoffIn, handoffOut]).ins[3].Payload[5000] ^= 1
	runHere(t, nil, p)
	if err := p.Check(); err == nil {
		t.Error("a changed byte passes for right")
	}
}

func TestLostUpdatesAreSeen(t *testing.T) {
	p := jobOf(t, Counter(), Params{}).Pass(0)
	runHere(t, cells(p), p)
	p.Cells()[0]--
	if err := p.Check(); err == nil {
		t.Error("a lost update passes for right")
	}
}

func TestAuditFindsChangedInputsAndSharedResults(t *testing.T) {
	audit := func(f func(Effects, []byte) ([]byte, error)) error {
		job := Batch[[]byte, []byte]{
			Task:  NewTask("suspect", f),
			Ins:   [][]byte{{1, 2, 3}},
			Check: func([][]byte, [][]byte, []int64) error { return nil },
		}
		p := job.Pass(0)
		if err := p.(Auditor).Freeze(); err != nil {
			t.Fatal(err)
		}
		runHere(t, nil, p)
		return p.(Auditor).Audit()
	}
	if err := audit(func(_ Effects, in []byte) ([]byte, error) { in[0]++; return nil, nil }); err == nil || !strings.Contains(err.Error(), "changed its input") {
		t.Errorf("a changed input: %v", err)
	}
	if err := audit(func(_ Effects, in []byte) ([]byte, error) { return in[1:2], nil }); err == nil || !strings.Contains(err.Error(), "refers to its input") {
		t.Errorf("a result inside the input: %v", err)
	}
	if err := audit(func(_ Effects, in []byte) ([]byte, error) { return bytes.Clone(in), nil }); err != nil {
		t.Errorf("a copy: %v", err)
	}
}

func TestOverlapFollowsEveryReference(t *testing.T) {
	type nested struct {
		M map[string]*[]int
		A [2]any
	}
	shared := []int{1, 2, 3}
	with := nested{M: map[string]*[]int{"x": &shared}}
	if !overlap(shared, with) || !overlap(with, nested{A: [2]any{nil, shared[1:]}}) {
		t.Error("shared memory is not seen")
	}
	if overlap(shared, nested{M: map[string]*[]int{"x": {1, 2, 3}}}) || overlap("abc", "abc") {
		t.Error("memory is called shared that is not")
	}
}

// crossing encodes and decodes a value as a process boundary does.
func crossing[T any](t *rapid.T, v T) (back T) {
	b, err := any(&v).(encoding.BinaryAppender).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := any(&back).(encoding.BinaryUnmarshaler).UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestValuesSurviveTheBoundary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, n := rapid.Uint64().Draw(t, "u"), rapid.Int().Draw(t, "n")
		b := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "b")
		check := func(got, want any) {
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%+v became %+v", want, got)
			}
		}
		fi, fo := fannkuchIn{u, 9, n, 7}, fannkuchOut{u, n, 3}
		check(crossing(t, fi), fi)
		check(crossing(t, fo), fo)
		wi, wo := wordcountIn{u, b}, wordcountOut{u, n, map[string]int{"a": 1, "bcd": 1 << 30}}
		check(crossing(t, wi), wi)
		check(crossing(t, wo), wo)
		hi, ho := handoffIn{u, b}, handoffOut{u, u + 1}
		check(crossing(t, hi), hi)
		check(crossing(t, ho), ho)
		ci, co := counterIn{u, 1, 2, n}, counterOut{u, u, u, u}
		check(crossing(t, ci), ci)
		check(crossing(t, co), co)
		ei, eo := echoIn{u, u, time.Duration(n), n, 2, "127.0.0.1:1"}, echoOut{u, uint32(u), []time.Duration{time.Duration(n), 5}}
		check(crossing(t, ei), ei)
		check(crossing(t, eo), eo)
	})
}

// FuzzDecoders feeds any bytes to every decoder: refusing is right, a panic is not.
func FuzzDecoders(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, w := range All() {
			for _, task := range w.Tasks {
				if err := task.Slot().Decode(&Codec{}, b); err == nil && len(b) < 8 {
					t.Errorf("%s takes %d bytes for an input", task.Name(), len(b))
				}
			}
		}
		var wo wordcountOut
		_ = wo.UnmarshalBinary(b) // refusing is fine
	})
}

func TestGobStreamIsUsedWhereATypeHasNoBinaryForm(t *testing.T) {
	plain := NewTask("plain", func(_ Effects, in map[string]int) (int, error) { return in["x"], nil })
	if got := plain.Codec(); got != "gob" {
		t.Errorf("codec %q", got)
	}
	if got := fannkuchTask().Codec(); got != "binary" {
		t.Errorf("codec %q", got)
	}
	var parent, child Codec
	slot := plain.Slot()
	sizes := []int{}
	for i := range 3 {
		in := map[string]int{"x": i}
		b, err := parent.append(nil, &in)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(b))
		if err := errors.Join(slot.Decode(&child, b), slot.Run(nil)); err != nil {
			t.Fatal(err)
		}
		b, err = slot.Append(&child, nil)
		if err != nil {
			t.Fatal(err)
		}
		out := -1
		if err := parent.decode(b, &out); err != nil || out != i {
			t.Fatalf("answer %d, %v", out, err)
		}
	}
	if sizes[1] >= sizes[0] {
		t.Errorf("the type is sent with every message: %d bytes", sizes)
	}
}

func TestSettingsAreCheckedAgainstTheDeclaration(t *testing.T) {
	for want, p := range map[string]Params{
		"outside 3 to 12":         {Grain: "1us", Knobs: map[string]int{"n": 13}},
		`no setting "m"`:          {Grain: "1us", Knobs: map[string]int{"m": 1}},
		"not one of null, 200ns":  {Grain: "7us"},
		"fannkuch has no payload": {Grain: "1us", Payload: "64B"},
	} {
		if _, err := Fannkuch().Params(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not mention %q", err, want)
		}
	}
	p, err := Counter().Params(Params{Knobs: map[string]int{"think": 5, "cells": 1, "updates": 3}})
	if err != nil || p.Set() != "think:5,updates:3" {
		t.Errorf("set %q, %v", p.Set(), err)
	}
	h, err := Handoff().Params(Params{Payload: "16KiB"})
	if err != nil || h.Bytes() != 16<<10 {
		t.Errorf("%d bytes, %v", h.Bytes(), err)
	}
}

// TestEveryWorkloadIsDeclaredWhole holds what the catalogue promises.
func TestEveryWorkloadIsDeclaredWhole(t *testing.T) {
	for _, w := range All() {
		if w.Name == "" || w.Doc == "" || w.Ceiling == "" || len(w.Tasks) == 0 || w.IO && w.InFlight == 0 {
			t.Errorf("%q is not declared whole", w.Name)
		}
		for _, task := range w.Tasks {
			if got, err := w.Task(task.Name()); err != nil || got.Name() != task.Name() {
				t.Errorf("%s: task %q is not found by its name", w.Name, task.Name())
			}
		}
	}
}

// serveOrigin serves until the test is done, and returns the address.
func serveOrigin(t *testing.T, o *helper.Origin) string {
	ctx, cancel := context.WithCancel(context.Background())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- o.Serve(ctx, func(a string) { address <- a }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return <-address
}

func TestOriginSaysWhatItSaw(t *testing.T) {
	origin := helper.NewOrigin(helper.Constant(0))
	origin.Listeners = 2
	job := jobOf(t, Echo(), Params{Helper: serveOrigin(t, origin), Knobs: map[string]int{"tasks": 3, "requests": 2}})
	p := job.Pass(0)
	if ins := p.(*pass[echoIn, echoOut]).ins; ins[0].Address == ins[1].Address || ins[0].Address != ins[2].Address {
		t.Errorf("connections do not take turns with two listeners: %+v", ins)
	}
	runHere(t, dialing{}, p)
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	if err := p.Check(); err == nil {
		t.Error("the origin forgot a pass and nobody noticed")
	}
	if n := len(p.(Latencies).Latencies()); n != 6 {
		t.Errorf("%d latencies", n)
	}
	spoiled := job.Pass(1)
	runHere(t, dialing{corrupt: true}, spoiled)
	if err := spoiled.Check(); err == nil || !strings.Contains(err.Error(), "CRC-32") {
		t.Errorf("a corrupted reply: %v", err)
	}
}

// dialing lets a test open real connections.
type dialing struct {
	Undeclared
	corrupt bool
}

func (dialing) Yield() error { return nil }

func (d dialing) Dial(address string) (io.ReadWriteCloser, error) {
	c, err := net.Dial("tcp4", address)
	if d.corrupt && err == nil {
		return corrupting{c}, nil
	}
	return c, err
}

type corrupting struct{ io.ReadWriteCloser }

func (c corrupting) Read(b []byte) (int, error) {
	n, err := c.ReadWriteCloser.Read(b)
	if n > 0 {
		b[0] ^= 1
	}
	return n, err
}

// The check of counter takes a short cut that must come out where its tasks do.
func TestALeapEndsWhereThinkingDoes(t *testing.T) {
	for _, microseconds := range []int{0, 1, 7} {
		l := newLeap(microseconds)
		for n := range 100 {
			if x := stamp(n, 5); l.think(x) != think(x, microseconds) {
				t.Errorf("%d us from %d: %d instead of %d", microseconds, x, l.think(x), think(x, microseconds))
			}
		}
	}
}
