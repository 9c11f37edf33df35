package runners

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

// Work is the part of a worker process: it runs the tasks that its parent
// sends until the parent closes the connection. The catalogue must hold the
// workload that the argument names.
func Work(arg json.RawMessage, catalogue []workloads.Workload) error {
	var a workArg
	if err := json.Unmarshal(arg, &a); err != nil {
		return err
	}
	for _, w := range catalogue {
		if w.Name == a.Workload {
			return work(a, w)
		}
	}
	return fmt.Errorf("no workload %q", a.Workload)
}

// A child is the worker's side of a peer.
type child struct {
	*worker
	workload workloads.Workload
	slot     workloads.Slot
	in       frameReader
	out      frameWriter
	codec    workloads.Codec
	used     proc.Usage // when the account was last given
	sent     int64      // when the write of the last results returned
	ahead    [][]byte   // run frames that came while a task waited for an answer
	stop     atomic.Bool
}

func work(a workArg, w workloads.Workload) error {
	runtime.LockOSThread()
	via, err := transportNamed(a.Transport)
	if err != nil {
		return err
	}
	l, err := via.accept()
	if err != nil {
		return err
	}
	c := &child{workload: w}
	c.worker = newWorker(Setup{Workload: w, Clocks: a.Clocks}, &c.stop, newBlockingDialer(), c, proc.NewTimers(false))
	c.in, c.out.w = newFrameReader(l.ReadCloser), l.WriteCloser
	switch a.Host {
	case "goroutine":
		return c.hostGoroutines(l)
	case "loop":
		return c.hostLoop(l, a.InFlight)
	}
	return c.serve(c.handle)
}

// serve says that the worker is ready and handles one frame after the other
// until the parent closes the connection.
func (c *child) serve(handle func(kind byte, payload []byte) error) error {
	if err := c.out.text(frameHello, ""); err != nil {
		return err
	}
	for {
		kind, payload, err := c.nextFrame()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = handle(kind, payload)
		}
		if err != nil {
			return err
		}
	}
}

// nextFrame returns the frames in the order in which they were sent.
func (c *child) nextFrame() (kind byte, payload []byte, err error) {
	if len(c.ahead) > 0 {
		payload, c.ahead = c.ahead[0], c.ahead[1:]
		return frameRun, payload, nil
	}
	return c.in.next()
}

// handle does what a frame says, tasks one at a time.
func (c *child) handle(kind byte, payload []byte) error {
	switch kind {
	case frameRun:
		return c.runAll(payload)
	case frameTask:
		t, err := c.workload.Task(string(payload))
		if err == nil {
			c.slot = t.Slot()
		}
		return err
	case frameReport:
		return c.report()
	default:
		return fmt.Errorf("frame of kind %d where tasks were due", kind)
	}
}

// runAll runs the tasks of a frame and sends their results in one.
func (c *child) runAll(payload []byte) error {
	began := c.now()
	if c.workload.Declares(workloads.Cells) {
		payload = slices.Clone(payload) // answers will be read over it
	}
	c.out.begin(frameDone)
	c.stamp(began)
	failed := 0
	err := eachEntry(payload, func(id int, value []byte) error {
		failed = id
		return c.runOne(id, value)
	})
	if err != nil {
		return c.fail(failed, err)
	}
	start := c.now()
	err = c.out.send()
	c.sent = c.now()
	c.account.Copy += c.sent - start
	return err
}

func (c *child) runOne(id int, value []byte) (err error) {
	defer caught(&err)
	c.account.Tasks++
	start := c.now()
	if err := c.slot.Decode(&c.codec, value); err != nil {
		return err
	}
	decoded := c.now()
	if err := c.slot.Run(c.fx); err != nil {
		return err
	}
	ran := c.now()
	err = c.out.entry(id, func(b []byte) ([]byte, error) { return c.slot.Append(&c.codec, b) })
	c.account.Decode += decoded - start
	c.account.Body += ran - decoded - c.outside
	c.account.Encode += c.now() - ran
	c.outside = 0
	return err
}

func (c *child) fail(id int, cause error) error {
	c.out.begin(frameFailed)
	c.out.buf = append(le.AppendUint32(c.out.buf, uint32(id)), cause.Error()...)
	return c.out.send()
}

// Atomically asks the parent, in whose memory the cells are.
func (c *child) Atomically(name string, args ...int64) (int64, error) {
	start := c.now()
	ask := frameWriter{w: c.out.w}
	ask.begin(frameCall)
	ask.buf = appendCall(ask.buf, name, args)
	if err := ask.send(); err != nil {
		return 0, err
	}
	kind, payload, err := c.in.next()
	for ; err == nil && kind == frameRun; kind, payload, err = c.in.next() {
		c.ahead = append(c.ahead, slices.Clone(payload))
	}
	if err != nil {
		return 0, unexpected(err)
	}
	if kind != frameAnswer || len(payload) != 8 {
		return 0, errors.New("the parent answered a call with something else")
	}
	c.outside += c.now() - start
	return int64(le.Uint64(payload)), nil
}

// report sends the account, with what this process used meanwhile.
func (c *child) report() error {
	used, err := proc.Used()
	if err != nil {
		return err
	}
	a := c.take()
	a.CPU, a.GC, a.Switches = int64(used.CPU-c.used.CPU), int64(used.GC-c.used.GC), used.Switches-c.used.Switches
	if a.PeakRSS, err = proc.PeakRSS(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	b, err := json.Marshal(workReport{a, c.sent + shared})
	if err != nil {
		return err
	}
	if err := c.out.text(frameReport, string(b)); err != nil {
		return err
	}
	// What this report cost is not the work's that comes next.
	c.used, err = proc.Used()
	return err
}

// hostGoroutines runs every task that arrives on a goroutine of its own, so
// that many can wait at once. The connection is waited for by the runtime's
// poller: a blocking read would hold the only P of this process.
func (c *child) hostGoroutines(l link) error {
	runtime.UnlockOSThread()
	r, err := proc.Parked(l.ReadCloser)
	if err != nil {
		return err
	}
	c.in.r = r
	h := &goroutineHost{child: c, dialer: newParkingDialer(), timers: proc.NewTimers(true)}
	return c.serve(h.handle)
}

// A goroutineHost runs several tasks of one worker process at a time.
type goroutineHost struct {
	*child
	dialer parkingDialer
	timers *proc.Timers
	task   workloads.Task
	mu     sync.Mutex // one goroutine at a time counts, encodes and writes
}

func (h *goroutineHost) handle(kind byte, payload []byte) (err error) {
	switch kind {
	case frameRun:
		return eachEntry(payload, h.launch)
	case frameTask:
		h.task, err = h.workload.Task(string(payload))
		return err
	default:
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.child.handle(kind, payload)
	}
}

// launch decodes an input, here because encoded values come in order, and
// leaves the rest to a goroutine.
func (h *goroutineHost) launch(id int, value []byte) error {
	slot := h.task.Slot()
	if err := slot.Decode(&h.codec, append([]byte(nil), value...)); err != nil {
		return err
	}
	w := newWorker(Setup{Workload: h.workload}, &h.child.stop, h.dialer, nil, h.timers)
	go func() {
		err := runSlot(slot, w.fx)
		h.mu.Lock()
		defer h.mu.Unlock()
		w.account.Tasks++
		h.account.add(w.account)
		if err == nil {
			h.out.begin(frameDone)
			err = h.out.entry(id, func(b []byte) ([]byte, error) { return slot.Append(&h.codec, b) })
		}
		if err == nil {
			err = h.out.send()
		} else {
			err = h.fail(id, err)
		}
		if err != nil {
			h.child.stop.Store(true) // the parent has gone; reading will tell
		}
	}()
	return nil
}

func runSlot(s workloads.Slot, fx workloads.Effects) (err error) {
	defer caught(&err)
	return s.Run(fx)
}
