package runners

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
)

// A peerPart is what the process at the other end of a link is to do.
type peerPart struct {
	Transport string
	Does      string
	Bytes     int
}

// playPeer answers every call frame with its payload and takes any other frame
// without a word, until its part says otherwise.
func playPeer(arg json.RawMessage) error {
	var p peerPart
	if err := json.Unmarshal(arg, &p); err != nil {
		return err
	}
	runtime.LockOSThread()
	via, err := transportNamed(p.Transport)
	if err != nil {
		return err
	}
	l, err := via.accept()
	if err != nil {
		return err
	}
	switch p.Does {
	case "leave after reading":
		_, err := io.ReadFull(l, make([]byte, p.Bytes))
		return err
	case "leave after writing":
		_, err := l.Write(splitStream()[:p.Bytes])
		return err
	case "speak garbage":
		if _, err := io.WriteString(l, garbage[p.Bytes].said); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, l.ReadCloser)
		return err
	case "listen late":
		if _, err := os.NewFile(3, "go").Read(make([]byte, 1)); err != io.EOF {
			return fmt.Errorf("told to go by %v", err)
		}
	}
	return answerCalls(newFrameReader(l.ReadCloser), frameWriter{w: l.WriteCloser})
}

func answerCalls(r frameReader, w frameWriter) error {
	for {
		kind, payload, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if kind != frameCall {
			continue
		}
		w.begin(frameAnswer)
		w.buf = append(w.buf, payload...)
		if err := w.send(); err != nil {
			return err
		}
	}
}

// garbage is what a peer may say, and what the error must mention.
var garbage = []struct{ said, word string }{
	{"\xff\xff\xff\xff\x03", "4294967299 bytes"},
	{"\xfd\xff\xff\x0f\x03", "268435457 bytes"},
	{"\x00\x00\x00\x00\x03", "4 bytes"},
	{"\x10\x00\x00\x00\xee0123456789abcdef", "kind (238)"},
}

// splitStream is a short stream of three frames, one of them empty.
func splitStream() []byte {
	var b bytes.Buffer
	w := frameWriter{w: &b}
	for _, s := range []string{"", "ab", "c"} {
		_ = w.text(frameCall, s) // a buffer takes everything
	}
	return b.Bytes()
}

// A peerEnd is our end of a link to a process that plays a part.
type peerEnd struct {
	link
	in  frameReader
	out frameWriter
	cmd *exec.Cmd
}

// startPeer starts the process at the other end, bound to CPUs if any are
// given; also are further files that it inherits, from descriptor 3 on.
func startPeer(t testing.TB, via transport, part peerPart, cpus []int, also ...*os.File) *peerEnd {
	t.Helper()
	part.Transport = via.name
	cmd, err := proc.Self("transport", part)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs, err := via.offer(1)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = theirs[0], theirs[1], os.Stderr, also
	err = proc.Start(cmd, cpus)
	theirs[0].Close()
	theirs[1].Close()
	if err != nil {
		t.Fatal(errors.Join(err, ours.Close()))
	}
	return &peerEnd{ours, newFrameReader(ours.ReadCloser), frameWriter{w: ours.WriteCloser}, cmd}
}

// end closes our end as a crew does and wants the other process to end well.
func (p *peerEnd) end(t testing.TB) {
	t.Helper()
	err := p.WriteCloser.Close()
	if err := errors.Join(err, p.cmd.Wait(), p.ReadCloser.Close()); err != nil {
		t.Error(err)
	}
}

// ask sends a payload and wants it back.
func (p *peerEnd) ask(payload []byte) error {
	p.out.begin(frameCall)
	p.out.buf = append(p.out.buf, payload...)
	if err := p.out.send(); err != nil {
		return err
	}
	return p.want(payload)
}

func (p *peerEnd) want(payload []byte) error {
	kind, got, err := p.in.next()
	if err == nil && (kind != frameAnswer || !bytes.Equal(got, payload)) {
		err = fmt.Errorf("%d bytes of kind %d came back for %d", len(got), kind, len(payload))
	}
	return err
}

// eachTransport runs f for every transport; what it opens must be closed after it.
func eachTransport(t *testing.T, f func(t *testing.T, via transport)) {
	for _, via := range transports() {
		t.Run(via.name, func(t *testing.T) {
			before := holdings(t)
			hang := time.AfterFunc(time.Minute, func() { panic("hangs") })
			defer hang.Stop()
			f(t, via)
			if after := holdings(t); !slices.Equal(before, after) {
				t.Errorf("left behind: %q where %q was before", after, before)
			}
		})
	}
}

var digits = regexp.MustCompile(`[0-9]+`)

// holdings are the descriptors of this process and its mappings of shared
// memory, by kind.
func holdings(t *testing.T) (all []string) {
	fds, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		name, err := os.Readlink("/proc/self/fd/" + fd.Name())
		if err == nil && !strings.HasPrefix(name, "anon_inode:") { // the listing's own has gone; the runtime's poller stays
			all = append(all, digits.ReplaceAllString(name, "N"))
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, "memfd:") {
			all = append(all, "a mapping of a memfd")
		}
	}
	slices.Sort(all)
	return all
}

func TestFramesCrossEveryTransportCutAnywhere(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		p := startPeer(t, via, peerPart{}, nil)
		defer p.end(t)
		stream := splitStream()
		for cut := range stream {
			for _, part := range [][]byte{stream[:cut], stream[cut:]} {
				if _, err := p.Write(part); err != nil {
					t.Fatal(err)
				}
				runtime.Gosched()
			}
			for _, s := range []string{"", "ab", "c"} {
				if err := p.want([]byte(s)); err != nil {
					t.Fatalf("cut after %d bytes: %v", cut, err)
				}
			}
		}
	})
}

func TestPayloadsOfEverySizeCrossEveryTransport(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		p := startPeer(t, via, peerPart{}, nil)
		defer p.end(t)
		for _, n := range []int{0, 1, 64, 4095, 65531, 65536, proc.RingBytes - frameHead, proc.RingBytes, 1 << 20, 64 << 20} {
			payload := bytes.Repeat([]byte{byte(n), byte(n >> 8), 3, 5, 7, 11, 13}, n/7+1)[:n]
			if err := p.ask(payload); err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
		}
	})
}

// TestPeersThatDieEndTheReading has the other process leave after each byte of
// a stream of three frames.
func TestPeersThatDieEndTheReading(t *testing.T) {
	whole := map[int]int{0: 0, frameHead: 1, 2*frameHead + 2: 2, 3*frameHead + 3: 3}
	eachTransport(t, func(t *testing.T, via transport) {
		for n := range len(splitStream()) + 1 {
			p := startPeer(t, via, peerPart{Does: "leave after writing", Bytes: n}, nil)
			frames := 0
			var err error
			for err == nil {
				if _, _, err = p.in.next(); err == nil {
					frames++
				}
			}
			want, between := whole[n]
			if between && (frames != want || !ended(err) || errors.Is(err, io.ErrUnexpectedEOF)) || !between && (frames == 3 || !ended(err)) {
				t.Errorf("gone after %d bytes: %d frames, then %v", n, frames, err)
			}
			p.end(t)
		}
	})
}

// ended tells that an error is one of those that a crew takes for a death.
func ended(err error) bool {
	return slices.ContainsFunc(endings, func(e error) bool { return errors.Is(err, e) })
}

// TestPeersThatDieEndTheWriting has the other process leave before, in the
// midst of and after frames that are longer than any transport holds.
func TestPeersThatDieEndTheWriting(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		for _, n := range []int{0, 1, frameHead, 100_000, 1 << 20} {
			p := startPeer(t, via, peerPart{Does: "leave after reading", Bytes: n}, nil)
			p.out.begin(frameRun)
			p.out.buf = append(p.out.buf, make([]byte, 32<<20)...)
			if err := p.out.send(); !ended(err) {
				t.Errorf("gone after %d bytes: %v", n, err)
			}
			if _, _, err := p.in.next(); !ended(err) {
				t.Errorf("gone after %d bytes: then read %v", n, err)
			}
			p.end(t)
		}
	})
}

// TestKilledPeersEndBothDirections kills a process that reads nothing and says
// nothing while we write it too much and read.
func TestKilledPeersEndBothDirections(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		late, tell, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p := startPeer(t, via, peerPart{Does: "listen late"}, nil, late)
		late.Close()
		failed := make(chan error, 2)
		go func() {
			_, err := p.Write(make([]byte, 32<<20))
			failed <- err
		}()
		go func() {
			_, _, err := p.in.next()
			failed <- err
		}()
		time.Sleep(5 * time.Millisecond) // the more, the likelier both wait; right in any case
		if err := p.cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := <-failed; !ended(err) {
				t.Errorf("ended by %v", err)
			}
		}
		_ = p.cmd.Wait() // killed
		if err := errors.Join(p.Close(), tell.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestGarbageIsRefusedOnEveryTransport(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		for n, g := range garbage {
			p := startPeer(t, via, peerPart{Does: "speak garbage", Bytes: n}, nil)
			if _, _, err := p.in.next(); err == nil || !strings.Contains(err.Error(), g.word) {
				t.Errorf("%q: %v does not mention %q", g.said, err, g.word)
			}
			if len(p.in.buf) > 64<<10 {
				t.Errorf("%q: %d bytes allocated", g.said, len(p.in.buf))
			}
			p.end(t)
		}
	})
}

// held is more than any transport may take for a process that does not read.
const held = 16 << 20

// TestReadersThatDoNotReadBlockTheWriter sends more than any transport may
// hold to a process that reads nothing until it is told to.
func TestReadersThatDoNotReadBlockTheWriter(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		late, tell, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p := startPeer(t, via, peerPart{Does: "listen late"}, nil, late)
		late.Close()
		var sent atomic.Int64
		done := make(chan error, 1)
		go func() {
			out := frameWriter{w: p.WriteCloser}
			out.begin(frameRun)
			out.buf = append(out.buf, make([]byte, 16<<10)...)
			var err error
			for err == nil && sent.Load() < 2*held {
				err = out.send()
				sent.Add(int64(len(out.buf)))
			}
			done <- err
		}()
		awaitStandstill(&sent)
		if n := sent.Load(); n > held {
			t.Errorf("%d bytes were taken though nobody reads", n)
		}
		tell.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := p.ask([]byte("there?")); err != nil {
			t.Error(err)
		}
		p.end(t)
	})
}

// awaitStandstill returns when a count has not changed for a while: at worst
// too early, which finds too little wrong, never too much.
func awaitStandstill(n *atomic.Int64) {
	for last, same := int64(-1), 0; same < 20; time.Sleep(2 * time.Millisecond) {
		if now := n.Load(); now == last {
			same++
		} else {
			last, same = now, 0
		}
	}
}

// TestRoomIsThere fills each transport with messages of one size as far as it
// promises while nobody reads. A promise that is too large hangs.
func TestRoomIsThere(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		for _, size := range []int{1, frameHead, 21, 64, 500, 1100, 2049, 4097, 9000, 20000} {
			l, theirs, err := via.offer(1)
			if err != nil {
				t.Fatal(err)
			}
			message := make([]byte, size)
			for used := 0; used+size+l.each <= l.room; used += size + l.each {
				if _, err := l.Write(message); err != nil {
					t.Fatal(err)
				}
			}
			theirs[0].Close()
			theirs[1].Close()
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestMessagesAllocateNothing(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		p := startPeer(t, via, peerPart{}, nil)
		defer p.end(t)
		payload := make([]byte, 64)
		var err error
		n := testing.AllocsPerRun(500, func() { err = errors.Join(err, p.ask(payload)) })
		if n != 0 || err != nil {
			t.Errorf("%v allocations a message, %v", n, err)
		}
	})
}
