package runners

import (
	"fmt"
	"sync"

	"github.com/nonrev/nonrev/workloads"
)

// transactions finds a workload's transactions by name.
type transactions map[string]workloads.Transaction

func transactionsOf(w workloads.Workload) transactions {
	t := transactions{}
	for _, tx := range w.Transactions {
		t[tx.Name] = tx
	}
	return t
}

func (t transactions) find(name string) (workloads.Transaction, error) {
	tx, ok := t[name]
	if !ok {
		return tx, fmt.Errorf("no transaction %q is declared", name)
	}
	return tx, nil
}

// plain guards nothing: one worker alone touches the cells.
type plain struct {
	transactions
	cells  []int64
	worker *worker
}

func newPlain(w workloads.Workload) *plain { return &plain{transactions: transactionsOf(w)} }

func (g *plain) Atomically(name string, args ...int64) (int64, error) {
	tx, err := g.find(name)
	if err != nil {
		return 0, err
	}
	g.worker.account.Receipt.Transactions++
	return tx.Body(g.cells, args), nil
}

// A store is the cells of the running pass, shared by workers under a guard.
type store struct {
	transactions
	cells []int64
}

// A locks guard takes one mutex a cell, in the order of the keys so that no
// two transactions wait for each other, and holds all until the body is done.
type locks struct {
	store
	mutexes []paddedMutex
}

// A paddedMutex has a cache line to itself, so that cells are contended only
// when they are the same.
type paddedMutex struct {
	sync.Mutex
	_ [56]byte
}

func newLocks(w workloads.Workload) *locks {
	return &locks{store: store{transactions: transactionsOf(w)}}
}

func (g *locks) begin(cells []int64) {
	g.cells = cells
	if len(g.mutexes) != len(cells) {
		g.mutexes = make([]paddedMutex, len(cells))
	}
}

func (g *locks) end() {}

func (g *locks) memory(w *worker) workloads.Memory { return &lockMemory{guard: g, worker: w} }

// lockMemory is the guard as one worker uses it.
type lockMemory struct {
	guard  *locks
	worker *worker
	keys   []int
}

func (m *lockMemory) Atomically(name string, args ...int64) (int64, error) {
	tx, err := m.guard.find(name)
	if err != nil {
		return 0, err
	}
	m.worker.account.Receipt.Transactions++
	m.keys = sortedKeys(tx.Keys(m.keys[:0], args))
	for _, k := range m.keys {
		m.worker.lock(&m.guard.mutexes[k].Mutex)
	}
	v := tx.Body(m.guard.cells, args)
	for _, k := range m.keys {
		m.guard.mutexes[k].Unlock()
	}
	return v, nil
}

// lock takes a mutex and books the wait, if there is one.
func (w *worker) lock(m *sync.Mutex) {
	if !w.clocks {
		m.Lock()
		return
	}
	if m.TryLock() {
		return
	}
	start := clock()
	m.Lock()
	waited := clock() - start
	w.account.Lock += waited
	w.outside += waited
}

// sortedKeys sorts a few keys and drops doubles, in place.
func sortedKeys(keys []int) []int {
	for i := 1; i < len(keys); i++ {
		for j := i; j > 0 && keys[j] < keys[j-1]; j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
	n := 0
	for i, k := range keys {
		if i == 0 || k != keys[n-1] {
			keys[n] = k
			n++
		}
	}
	return keys[:n]
}

// An owner guard is a goroutine that alone touches the cells and is asked by message.
type owner struct {
	store
	requests chan ownerRequest
	stopped  chan struct{}
}

type ownerRequest struct {
	tx    workloads.Transaction
	args  []int64
	reply chan<- int64
}

func newOwner(w workloads.Workload) *owner {
	return &owner{store: store{transactions: transactionsOf(w)}}
}

func (g *owner) begin(cells []int64) {
	if g.requests == nil && cells != nil {
		g.requests, g.stopped = make(chan ownerRequest), make(chan struct{})
		go g.serve()
	}
	// No request is under way between passes, and the next one's message
	// makes this visible to the owner.
	g.cells = cells
}

func (g *owner) serve() {
	defer close(g.stopped)
	for r := range g.requests {
		r.reply <- r.tx.Body(g.cells, r.args)
	}
}

func (g *owner) end() {
	if g.requests != nil {
		close(g.requests)
		<-g.stopped
	}
}

func (g *owner) memory(w *worker) workloads.Memory {
	return &ownerMemory{guard: g, worker: w, reply: make(chan int64, 1)}
}

type ownerMemory struct {
	guard  *owner
	worker *worker
	reply  chan int64
}

func (m *ownerMemory) Atomically(name string, args ...int64) (int64, error) {
	tx, err := m.guard.find(name)
	if err != nil {
		return 0, err
	}
	m.worker.account.Receipt.Transactions++
	if !m.worker.clocks {
		return m.ask(tx, args), nil
	}
	start := clock()
	v := m.ask(tx, args)
	m.worker.outside += clock() - start // communication: settle books it
	return v, nil
}

func (m *ownerMemory) ask(tx workloads.Transaction, args []int64) int64 {
	m.guard.requests <- ownerRequest{tx, args, m.reply}
	return <-m.reply
}

// A guard keeps the shared cells of passes right while many workers use them.
type guard interface {
	// begin gives the guard the cells of the pass that is about to run.
	begin(cells []int64)
	// memory is the guard as one worker uses it.
	memory(w *worker) workloads.Memory
	// end stops what the guard has started.
	end()
}

func newGuard(state string, w workloads.Workload) guard {
	if state == "owner" {
		return newOwner(w)
	}
	return newLocks(w)
}
