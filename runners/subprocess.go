package runners

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

func subprocessModel() Model {
	return Model{
		Name:       "subprocess",
		Doc:        "N worker processes (for IO, one a task in flight) with one P each; the parent hands them framed tasks inside the same CPU set",
		States:     []string{"rpc"},
		Transports: transportNames(),
		Hosts:      []string{"process", "goroutine", "loop"},
		Queues:     true,
		start:      startProcesses,
	}
}

// A processCrew has one goroutine for each worker process, which waits for it
// in a blocking system call.
type processCrew struct {
	canceller
	setup Setup
	guard *locks // of the cells, which live here: workers ask for transactions
	peers []*peer

	pass workloads.Pass
	next atomic.Int64 // the first task that no worker has
}

func startProcesses(s Setup) (Crew, error) {
	via, err := transportNamed(s.Transport)
	if err != nil {
		return nil, err
	}
	if err := s.hostable(via); err != nil {
		return nil, err
	}
	c := &processCrew{setup: s, guard: newLocks(s.Workload)}
	processes, limit := s.workers(), s.Prefetch*s.Batch
	if s.Host != oneTask {
		processes = min(s.Cores, s.InFlight)
		limit = max((s.InFlight+processes-1)/processes, s.Batch)
	}
	if processes > maxProcesses {
		return nil, fmt.Errorf("%d worker processes: at most %d are started: %w", processes, maxProcesses, errors.ErrUnsupported)
	}
	for i := range processes {
		p, err := c.newPeer(i, processes, via, limit)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.peers = append(c.peers, p)
	}
	for _, p := range c.peers {
		if err := p.expect(frameHello); err != nil {
			return nil, errors.Join(p.died(err), c.Close())
		}
	}
	return c, nil
}

// oneTask is the host that runs one task a worker process at a time.
const oneTask = "process"

// hostable tells why a host of several tasks a worker cannot do this, if it cannot.
func (s Setup) hostable(via transport) error {
	if s.Host == oneTask {
		return nil
	}
	if !via.polls {
		return fmt.Errorf("host=%s waits for its parent and for its tasks at once, and transport=%s is waited for by a futex, which no poller knows; use host=process: %w", s.Host, via.name, errors.ErrUnsupported)
	}
	if s.Prefetch > 1 {
		return fmt.Errorf("host=%s has as many tasks a worker as are in flight, so prefetch means nothing: %w", s.Host, errors.ErrUnsupported)
	}
	if s.Workload.Declares(workloads.Cells) {
		return fmt.Errorf("the tasks of one worker share its connection, so that a transaction of one would hold up the others; use host=process: %w", errors.ErrUnsupported)
	}
	if s.Host == "loop" {
		p, err := proc.NewPoller() // where there is none the workers could only fail
		if err != nil {
			return err
		}
		return p.Close()
	}
	return nil
}

// maxProcesses keeps a slip of the finger from filling the machine.
const maxProcesses = 4096

// workArg is what a worker process is told.
type workArg struct {
	Workload  string
	Transport string
	Host      string
	InFlight  int // tasks that the worker may have at once
	Clocks    bool
}

// A peer is a worker process as its parent sees it.
type peer struct {
	crew   *processCrew
	number int
	limit  int // tasks that the worker may have at once
	*worker
	memory workloads.Memory // where the worker's transactions are done
	cmd    *exec.Cmd
	log    proc.Tail
	link   link
	in     frameReader
	out    frameWriter
	runs   frameWriter // of the tasks; what it last built may be held back
	codec  workloads.Codec
	task   string // that the worker believes run frames to mean
	args   []int64

	delay  time.Duration // run-queue delay of the worker before what is to be accounted for
	queued int           // tasks that the worker has
	held   int           // tasks in a frame that would not fit behind these
	unread []int         // room that the frames take which the worker may not have read, in order
	ahead  int           // sum of these
	wrote  []int64       // when the writes returned of frames whose results are to come
	kept   int64         // when the last results came
	first  error
	once   sync.Once
	exit   error
}

func (c *processCrew) newPeer(number, processes int, via transport, limit int) (*peer, error) {
	p := &peer{crew: c, number: number, limit: limit}
	p.worker = newWorker(c.setup, &c.stop, nil, nil, nil)
	p.memory = c.guard.memory(p.worker)
	arg := workArg{c.setup.Workload.Name, via.name, c.setup.Host, limit, p.clocks}
	cmd, err := proc.Self("worker", arg)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := via.offer(processes)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	proc.Fill(cmd, c.setup.Layout+uint64(number)+1)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], &p.log
	err = proc.Start(cmd, nil)
	theirs[0].Close()
	theirs[1].Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start worker %d: %w", number, err), ours.Close())
	}
	p.cmd, p.link = cmd, ours
	p.in, p.out.w, p.runs.w = newFrameReader(ours.ReadCloser), ours.WriteCloser, ours.WriteCloser
	return p, nil
}

func (c *processCrew) Run(ctx context.Context, pass workloads.Pass) error {
	unwatch := c.watch(ctx, c.kill)
	defer unwatch()
	if err := ctx.Err(); err != nil {
		return err // workers would not notice before they are killed
	}
	c.guard.begin(pass.Cells())
	c.pass = pass
	c.next.Store(0)
	start := c.peers[0].now()
	var dispatchers sync.WaitGroup
	for _, p := range c.peers[1:] {
		dispatchers.Go(p.dispatch)
	}
	c.peers[0].dispatch()
	dispatchers.Wait()
	end := c.peers[0].now()
	var err error
	for _, p := range c.peers {
		p.settle(Account{}, start, end)
		if err == nil {
			err = p.first
		}
	}
	return c.blame(ctx, err)
}

// settle books the time of a pass as the parent sees it: all of it before the
// last result is hand-over, from which the worker's own account is taken off
// when it comes.
func (p *peer) settle(_ Account, start, end int64) {
	if p.clocks {
		last := max(p.lastEnd, start)
		p.account.Wake += last - start
		p.account.Idle += end - last
	}
}

// dispatch hands tasks to the worker until none is left. An error also ends
// the dispatching of the others.
func (p *peer) dispatch() {
	if p.first = p.tryDispatch(); p.first != nil {
		p.crew.next.Store(int64(p.crew.pass.Len()))
	}
}

func (p *peer) tryDispatch() error {
	if name := p.crew.pass.Task(); name != p.task {
		if err := p.out.text(frameTask, name); err != nil {
			return p.died(err)
		}
		p.task = name
	}
	for {
		if err := p.hand(); err != nil {
			return err
		}
		if p.queued == 0 {
			return nil
		}
		if err := p.receive(); err != nil {
			return err
		}
	}
}

// hand sends tasks up to the worker's limit. Those behind the first must fit
// into the connection unread: a worker that has something to do may be writing
// a long result, and nobody would read what two write to each other.
func (p *peer) hand() error {
	batch := p.crew.setup.Batch
	for p.queued+batch <= p.limit {
		if p.held == 0 {
			if err := p.encode(); err != nil || p.held == 0 {
				return err
			}
		}
		takes := len(p.runs.buf) + p.link.each
		if p.queued > 0 && p.ahead+takes > p.link.room {
			return nil
		}
		start := p.now()
		if err := p.runs.send(); err != nil {
			return p.died(err)
		}
		end := p.now()
		p.account.Copy += end - start
		if p.stamped() {
			p.wrote = append(p.wrote, end)
		}
		p.queued += p.held
		p.held = 0
		p.ahead += takes
		p.unread = append(p.unread, takes)
	}
	return nil
}

// encode builds a frame of the next batch of tasks, if there are any.
func (p *peer) encode() error {
	from, to := p.crew.grab()
	if from == to {
		return nil
	}
	start := p.now()
	p.runs.begin(frameRun)
	for id := from; id < to; id++ {
		err := p.runs.entry(id, func(b []byte) ([]byte, error) { return p.crew.pass.AppendIn(&p.codec, b, id) })
		if err != nil {
			return asTask(id, err)
		}
	}
	p.held = to - from
	p.account.Encode += p.now() - start
	return nil
}

// finished takes off tasks of which the results are there. In whatever order
// they are done, the worker has read at least as many frames as held them.
func (p *peer) finished(tasks int) {
	p.queued -= tasks
	batch := p.crew.setup.Batch
	read := len(p.unread) - (p.queued+batch-1)/batch
	for _, takes := range p.unread[:read] {
		p.ahead -= takes
	}
	p.unread = slices.Delete(p.unread, 0, read)
}

// grab takes the next batch of tasks.
func (c *processCrew) grab() (from, to int) {
	n, size := c.pass.Len(), c.setup.Batch
	to = int(c.next.Add(int64(size)))
	return min(to-size, n), min(to, n)
}

// receive waits for a frame and does what it says.
func (p *peer) receive() error {
	kind, payload, err := p.in.next()
	if err != nil {
		return p.died(err)
	}
	switch kind {
	case frameDone:
		return p.keep(payload)
	case frameCall:
		return p.answer(payload)
	case frameFailed:
		if len(payload) < 4 {
			return p.died(errEntry)
		}
		return asTask(int(le.Uint32(payload)), errors.New(string(payload[4:])))
	default:
		return p.died(fmt.Errorf("frame of kind %d where a result was due", kind))
	}
}

// keep decodes results.
func (p *peer) keep(payload []byte) error {
	start := p.now()
	payload, err := p.unstamp(payload, start)
	if err != nil {
		return p.died(err)
	}
	done := 0
	err = eachEntry(payload, func(id int, value []byte) error {
		done++
		return p.crew.pass.SetOut(&p.codec, id, value)
	})
	if err == nil && done > p.queued {
		err = fmt.Errorf("%d results for %d tasks", done, p.queued)
	}
	if err != nil {
		return p.died(err)
	}
	p.finished(done)
	p.lastEnd = p.now()
	p.account.Decode += p.lastEnd - start
	return nil
}

// answer does a transaction for the worker.
func (p *peer) answer(payload []byte) error {
	name, args, err := readCall(payload, p.args)
	if err != nil {
		return p.died(err)
	}
	p.args = args
	v, err := p.memory.Atomically(name, args...)
	if err != nil {
		return p.died(err)
	}
	p.outside = 0 // a lock wait here is in no body
	p.out.begin(frameAnswer)
	p.out.buf = le.AppendUint64(p.out.buf, uint64(v))
	if err := p.out.send(); err != nil {
		return p.died(err)
	}
	return nil
}

// expect reads a frame that must be of one kind.
func (p *peer) expect(kind byte) error {
	got, _, err := p.in.next()
	if err == nil && got != kind {
		err = fmt.Errorf("frame of kind %d where %d was due", got, kind)
	}
	return err
}

// Account asks every worker for its part.
func (c *processCrew) Account() (Account, error) {
	var sum Account
	for _, p := range c.peers {
		delay, err := p.runQueue() // before asking: to be asked, a worker must get a CPU
		if err != nil {
			return sum, p.died(err)
		}
		theirs, err := p.report()
		if err != nil {
			return sum, p.died(err)
		}
		ours := p.take()
		ours.RunQueue = int64(delay - p.delay)
		if p.clocks {
			ours.Wake -= ours.Encode + ours.Copy + ours.Decode + ours.Lock
			ours.Wake -= theirs.Body + theirs.Encode + theirs.Copy + theirs.Decode
			// What of writes that overlap work the stamps do not tell, such as
			// those of answers to transactions, is counted once as well.
			twice := min(ours.Wake, 0)
			ours.Copy += twice
			ours.Wake -= twice
		}
		ours.Bytes = p.in.bytes + p.out.bytes + p.runs.bytes
		p.in.bytes, p.out.bytes, p.runs.bytes = 0, 0, 0
		sum.add(ours)
		sum.add(theirs)
	}
	sum.Workers = len(c.peers)
	return sum, c.forgetDelay()
}

// forgetDelay leaves out of the next account what reporting cost, when all
// workers are done with it.
func (c *processCrew) forgetDelay() (err error) {
	for _, p := range c.peers {
		if p.delay, err = p.runQueue(); err != nil {
			return p.died(err)
		}
	}
	return nil
}

// runQueue is the worker's run-queue delay so far, 0 where the kernel does not tell.
func (p *peer) runQueue() (time.Duration, error) {
	d, err := proc.QueuedFor(p.cmd.Process.Pid)
	if errors.Is(err, errors.ErrUnsupported) {
		return 0, nil
	}
	return d, err
}

func (p *peer) report() (a Account, err error) {
	seen := p.in.bytes + p.out.bytes // asking is not part of the work
	defer func() { p.in.bytes, p.out.bytes = seen, 0 }()
	if err := p.out.text(frameReport, ""); err != nil {
		return a, err
	}
	kind, payload, err := p.in.next()
	if err != nil {
		return a, err
	}
	if kind != frameReport {
		return a, fmt.Errorf("frame of kind %d where an account was due", kind)
	}
	var r workReport
	if err := json.Unmarshal(payload, &r); err != nil {
		return a, err
	}
	p.returned(r.Sent - shared)
	return r.Account, nil
}

// died explains why the connection to a worker broke: if the process has
// ended, how, and the last that it said.
func (p *peer) died(cause error) error {
	if p.crew.stop.Load() {
		return context.Canceled
	}
	_ = p.cmd.Process.Kill() // it may be gone already, or only speak garbage
	state := p.wait()
	err := fmt.Errorf("worker %d: %w", p.number, cause)
	if slices.ContainsFunc(endings, func(e error) bool { return errors.Is(cause, e) }) {
		err = fmt.Errorf("worker %d %w: %v", p.number, ErrDied, cmp.Or(state, errLeft))
	}
	if reason := p.log.Reason(); reason != "" {
		err = fmt.Errorf("%w: %s; all of what it said last:\n%s", err, reason, p.log.String())
	}
	return err
}

// endings are what is read from, or comes of writing to, a process that ended.
var endings = []error{io.EOF, io.ErrUnexpectedEOF, syscall.EPIPE, syscall.ECONNRESET}

// ErrDied is wrapped by the error of a pass in which a worker process ended.
var ErrDied = errors.New("died")

var errLeft = errors.New("exit status 0 in the midst of its work")

func (p *peer) wait() error {
	p.once.Do(func() { p.exit = p.cmd.Wait() })
	return p.exit
}

func (c *processCrew) kill() {
	for _, p := range c.peers {
		_ = p.cmd.Process.Kill() // one that has ended needs no killing
	}
}

// closePatience is how long workers may take to end once their pipe is closed.
const closePatience = 5 * time.Second

// Close closes the workers' pipes, on which they end.
func (c *processCrew) Close() error {
	var errs []error
	late := time.AfterFunc(closePatience, c.kill)
	defer late.Stop()
	for _, p := range c.peers {
		errs = append(errs, p.link.WriteCloser.Close())
	}
	for _, p := range c.peers {
		err := p.wait()
		if err != nil && p.first == nil && !c.stop.Load() {
			errs = append(errs, fmt.Errorf("worker %d: %w: %s", p.number, err, p.log.String()))
		}
		errs = append(errs, p.link.ReadCloser.Close())
	}
	return errors.Join(errs...)
}
