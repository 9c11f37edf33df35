package runners

import (
	"fmt"
	"io"

	"github.com/nonrev/nonrev/internal/proc"
	"github.com/nonrev/nonrev/workloads"
)

// A loopHost runs the tasks of a worker process on an event loop, which waits
// for the parent as it waits for the tasks' sockets. To the loop it is a pass
// whose tasks arrive while it runs.
type loopHost struct {
	workloads.Pass // only Run is ever called
	*child
	loop     *loopCrew
	task     workloads.Task
	waiting  map[int]hostedTask // by the loop's own number, until a coroutine takes them
	readable bool               // the parent has said something
}

type hostedTask struct {
	id   int
	slot workloads.Slot
}

// hostLoop serves on an event loop until the parent closes the connection.
func (c *child) hostLoop(l link, inFlight int) error {
	crew, err := startLoop(Setup{Workload: c.workload, InFlight: inFlight, Cores: 1})
	if err != nil {
		return err
	}
	h := &loopHost{child: c, loop: crew.(*loopCrew), waiting: map[int]hostedTask{}}
	c.worker, h.loop.pass = h.loop.worker, h
	if h.loop.poller == nil {
		if h.loop.poller, err = proc.NewPoller(); err != nil {
			return err
		}
	}
	pipe, ok := l.ReadCloser.(*proc.File)
	if !ok {
		return fmt.Errorf("an event loop cannot wait for a %T", l.ReadCloser)
	}
	if err := h.loop.poller.Watch(pipe, h); err != nil {
		return err
	}
	if err := c.out.text(frameHello, ""); err != nil {
		return err
	}
	if err := h.run(); err != io.EOF {
		return err
	}
	return h.loop.Close()
}

// run resumes what is ready, then waits for the parent or for a socket.
func (h *loopHost) run() error {
	for {
		for h.loop.ready.n > 0 {
			h.loop.resume(h.loop.ready.pop())
		}
		if err := h.loop.poller.Wait(-1, h.wake); err != nil {
			return err
		}
		if !h.readable {
			continue
		}
		for h.readable = false; ; {
			kind, payload, err := h.in.next()
			if err == nil {
				err = h.handle(kind, payload)
			}
			if err != nil {
				return err
			}
			if !h.in.buffered() {
				break
			}
		}
	}
}

func (h *loopHost) wake(waiter any) {
	if waiter == any(h) {
		h.readable = true
		return
	}
	h.loop.wake(waiter)
}

func (h *loopHost) handle(kind byte, payload []byte) (err error) {
	switch kind {
	case frameRun:
		return eachEntry(payload, h.launch)
	case frameTask:
		h.task, err = h.workload.Task(string(payload))
		return err
	default:
		return h.child.handle(kind, payload)
	}
}

// launch gives a task to a coroutine that has none, or leaves it waiting.
func (h *loopHost) launch(id int, value []byte) error {
	slot := h.task.Slot()
	if err := slot.Decode(&h.codec, append([]byte(nil), value...)); err != nil {
		return err
	}
	h.waiting[h.loop.tasks] = hostedTask{id, slot}
	h.loop.tasks++
	for _, co := range h.loop.all {
		if co.id < 0 && h.loop.refill(co) {
			h.loop.ready.push(co)
			return nil
		}
	}
	return nil
}

// Run runs a task inside a coroutine and sends its result.
func (h *loopHost) Run(fx workloads.Effects, number int) error {
	t := h.waiting[number]
	delete(h.waiting, number)
	if err := runSlot(t.slot, fx); err != nil {
		return h.fail(t.id, err)
	}
	h.out.begin(frameDone)
	err := h.out.entry(t.id, func(b []byte) ([]byte, error) { return t.slot.Append(&h.codec, b) })
	if err != nil {
		return h.fail(t.id, err)
	}
	return h.out.send()
}
