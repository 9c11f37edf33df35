package main

import (
	"context"

	"github.com/nonrev/nonrev/internal/result"
)

// lockSet is a job of which nine tenths of every task are under one lock. A
// hand-over between two CPUs costs up to 50 us; the steps are so many that it
// is little beside them.
const (
	lockSet  = "body:500,hold:4500,tasks:8"
	lockHold = 0.9
)

// lockTolerance is a share of the injected value: two wakes of 50 us beside a
// wait of 4 ms, and as much again.
const lockTolerance = 0.05

// oneLock has two workers pass one lock to each other.
//
// Both begin with their own work w at the same time; one then holds the lock
// for h while the other waits for h. From there on each waits for h-w, and the
// lock is never free until the last of n tasks is done at w + n h. So a task
// waits ((n-1) h - (n-2) w) / n in the mean, and the speed-up over the serial
// n (w+h) is n (w+h) / (w + n h).
func oneLock(ctx context.Context, l lab) ([]row, error) {
	const wait, bound = "lock wait a task, 2 workers, one lock", "speed-up that the lock allows"
	if l.cores < 2 {
		return []row{untold(wait, "", "needs 2 CPUs"), untold(bound, "", "needs 2 CPUs")}, nil
	}
	serial, locked, goroutine := cell(lockSet, result.Serial, 1), cell(lockSet, "locked", 2), cell(lockSet, "goroutine", 2)
	goroutine.State = "lock"
	r, err := l.sweep(ctx, l.rounds, l.log, serial, locked, goroutine)
	if err != nil {
		return nil, err
	}
	n, task := r.tasks(serial), r.taskNS(lockSet)
	h, w := lockHold*task, (1-lockHold)*task
	waits := ((n-1)*h - (n-2)*w) / n
	gains := n * (w + h) / (w + n*h)
	var rows []row
	for _, c := range []result.Cell{locked, goroutine} {
		rows = append(rows,
			number(wait, called(c), nanoseconds, waits, r.steady(r.column(c, result.LockNS), lockSet), lockTolerance*waits),
			number(bound, called(c), times, gains, r.gain(c, serial, result.TaskRate), lockTolerance*gains))
	}
	return rows, nil
}
