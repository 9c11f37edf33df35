package main

import (
	"context"

	"github.com/nonrev/nonrev/internal/result"
)

// suspectSet makes the serial loop's bodies three times as long as all others.
const suspectSet, suspectFactor = "deflate:400", 3

// suspectOpening is how the page begins to tell of such curves.
const suspectOpening = "Suspect, because"

// suspect is a curve that no number of cores explains: one core does three
// times what the serial loop does. The page must say so, and must not say it of
// the honest job beside it.
func suspect(ctx context.Context, l lab) ([]row, error) {
	bent, honest := cell(suspectSet, "goroutine", 1), cell("", "goroutine", 1)
	serial := cell(suspectSet, result.Serial, 1)
	r, err := l.sweep(ctx, l.rounds, l.log, serial, bent, cell("", result.Serial, 1), honest)
	if err != nil {
		return nil, err
	}
	marked, innocent := r.page.claims(suspectOpening, workName+" ("+suspectSet+")"), !r.page.claims(suspectOpening, workName+", on")
	return []row{
		number("speed-up when the serial loop does 3 times the work", called(bent), times, suspectFactor,
			r.gain(bent, serial, result.TaskRate), partTolerance*suspectFactor),
		fact("is that curve marked suspect?", called(bent), "a loop that does more", sayIf(marked, "marked on the page", "not marked"), marked),
		fact("is an honest curve left alone?", called(honest), "nothing", sayIf(innocent, "not marked", "marked on the page"), innocent),
	}, nil
}

func sayIf(so bool, yes, no string) string {
	if so {
		return yes
	}
	return no
}
