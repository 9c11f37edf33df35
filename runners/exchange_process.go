package runners

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
)

// newLine connects a pair.
func newLine(s ExchangeSetup, number int, cpus [2]int) (line, error) {
	switch s.Model {
	case rawGo:
		return newFloorLine(s, number, cpus)
	case betweenGoroutines:
		return newLocalLine(s)
	default:
		return newFramedLine(s, number, cpus)
	}
}

// partPeer names Answer among the parts that a copy of this program plays.
const partPeer = "peer"

// A partner is the other process of a pair.
type partner struct {
	cmd    *exec.Cmd
	log    proc.Tail
	once   sync.Once
	exit   error
	failed bool
}

// startPartner starts a process on its CPU with its end of a connection.
func startPartner(s ExchangeSetup, number, cpu int, theirs [2]*os.File) (*partner, error) {
	defer theirs[0].Close()
	defer theirs[1].Close()
	cmd, err := proc.Self(cmp.Or(s.part, partPeer), answerArg{s.Model, s.Transport, s.Codec, s.Record, s.Payload})
	if err != nil {
		return nil, err
	}
	p := &partner{cmd: cmd}
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	proc.Fill(cmd, s.Layout+uint64(number)+1)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], &p.log
	var cpus []int
	if cpu != anyCPU {
		cpus = []int{cpu}
	}
	if err := proc.Start(cmd, cpus); err != nil {
		return nil, fmt.Errorf("start the other process of pair %d: %w", number, err)
	}
	return p, nil
}

func (p *partner) kill() { _ = p.cmd.Process.Kill() } // one that has ended needs no killing

func (p *partner) wait() error {
	p.once.Do(func() { p.exit = p.cmd.Wait() })
	return p.exit
}

// blame ends the process. If that is why a call failed, it says how the
// process ended, and in any case what it said last.
func (p *partner) blame(err error) error {
	p.failed = true
	p.kill()
	state := p.wait()
	if slices.ContainsFunc(endings, func(e error) bool { return errors.Is(err, e) }) {
		err = fmt.Errorf("the other process %w: %v", ErrDied, cmp.Or(state, errLeft))
	}
	if reason := p.log.Reason(); reason != "" {
		err = fmt.Errorf("%w: %s; all of what it said last:\n%s", err, reason, p.log.String())
	}
	return err
}

// close ends a process whose connection has been closed.
func (p *partner) close() error {
	late := time.AfterFunc(closePatience, p.kill)
	defer late.Stop()
	if err := p.wait(); err != nil && !p.failed {
		return fmt.Errorf("the other process: %w: %s", err, p.log.String())
	}
	return nil
}

// A framedLine sends messages in frames to another process.
type framedLine struct {
	*partner
	link  link
	in    frameReader
	out   frameWriter
	codec codec // nil: raw
	m     message
	at    moments
	last  answer
	setup ExchangeSetup
}

func newFramedLine(s ExchangeSetup, number int, cpus [2]int) (line, error) {
	via, err := transportNamed(s.Transport)
	if err != nil {
		return nil, err
	}
	c, err := lineCodec(s.Codec, s.Record)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := via.offer(1) // each pair has its own CPUs
	if err != nil {
		return nil, err
	}
	p, err := startPartner(s, number, cpus[1], theirs)
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return &framedLine{partner: p, link: ours, in: newFrameViewer(ours.ReadCloser), out: frameWriter{w: ours.WriteCloser}, codec: c, setup: s}, nil
}

// lineCodec makes the codec of one direction, nil for raw.
func lineCodec(name string, record bool) (codec, error) {
	if name == "raw" && !record {
		return nil, nil
	}
	return newCodec(name, record)
}

func (l *framedLine) ours() *moments { return &l.at }

func (l *framedLine) send(stamp uint64) error {
	timed := isTimed(stamp)
	if timed {
		l.at.began = moment()
	}
	if err := l.encode(stamp, timed); err != nil {
		return err
	}
	if timed {
		l.at.encoded = moment()
	}
	err := l.out.send()
	if timed {
		l.at.wrote = moment()
	}
	return err
}

// encode makes the frame of a message. A raw payload stands in it already.
func (l *framedLine) encode(stamp uint64, timed bool) (err error) {
	kind := byte(frameMessage)
	if timed {
		kind = frameTimed
	}
	if l.codec == nil {
		l.out.buf[frameHead-1] = kind
		le.PutUint64(l.out.buf[frameHead:], stamp)
		return nil
	}
	l.out.begin(kind)
	l.m.Stamp = stamp
	l.out.buf, err = l.codec.encode(l.out.buf, &l.m)
	return err
}

func (l *framedLine) receive() (*answer, error) {
	kind, payload, err := l.in.next()
	if err != nil {
		return nil, err
	}
	timed := len(payload) == timedAnswerBytes
	if timed {
		l.at.read = moment()
	}
	if kind != frameAnswer {
		return nil, fmt.Errorf("%w: frame of kind %d", ErrWrong, kind)
	}
	if err := l.last.parse(payload); err != nil {
		return nil, err
	}
	if timed {
		l.at.decoded = moment()
	}
	return &l.last, nil
}

func (l *framedLine) renew(seed uint64) (sum, see uint64) {
	switch {
	case l.setup.Record:
		l.m.Record = newRecord(seed)
	case l.codec == nil:
		l.out.begin(frameMessage)
		l.out.buf = slices.Grow(l.out.buf, l.setup.Payload)[:frameHead+l.setup.Payload]
		l.m.Flat = l.out.buf[frameHead+8:]
		fill(l.m.Flat, seed)
	default:
		l.m.Flat = slices.Grow(l.m.Flat, l.setup.Payload)[:l.setup.Payload]
		fill(l.m.Flat, seed)
	}
	return sumOf(&l.m), look(&l.m)
}

// fill makes bytes of a seed that no encoding can shorten.
func fill(b []byte, seed uint64) {
	from := rand.NewPCG(seed, 2)
	for ; len(b) >= 8; b = b[8:] {
		le.PutUint64(b, from.Uint64())
	}
}

func (l *framedLine) close() error {
	err := l.link.WriteCloser.Close()
	return errors.Join(err, l.partner.close(), l.link.ReadCloser.Close())
}
