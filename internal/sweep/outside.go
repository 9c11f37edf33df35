package sweep

import (
	"errors"
	"fmt"
	"time"

	"github.com/nonrev/nonrev/internal/proc"
)

// blind tells that the platform does not say what else runs.
func blind() bool {
	_, _, err := proc.Busy()
	return errors.Is(err, errors.ErrUnsupported)
}

// helperLimit is the share of one CPU above which a helper may be what a cell waits for.
const helperLimit = 0.7

func helperBound(used, ran time.Duration) []string {
	share := used.Seconds() / ran.Seconds()
	if share <= helperLimit {
		return nil
	}
	return []string{fmt.Sprintf("helper-bound: the helper used %.0f%% of one CPU", 100*share)}
}

// A moment is what had been used up to a time.
type moment struct {
	at, busy, stolen, own, helpers time.Duration
}

func (m moment) since(b moment) moment {
	return moment{m.at - b.at, m.busy - b.busy, m.stolen - b.stolen, m.own - b.own, m.helpers - b.helpers}
}

// look reads the counters, where there are any.
func (s *sweep) look() (moment, error) {
	m := moment{at: time.Since(s.began)}
	if s.blind {
		return m, nil
	}
	var err error
	if m.busy, m.stolen, err = proc.Busy(); err != nil {
		return m, err
	}
	own, err := proc.Used()
	if err != nil {
		return m, err
	}
	m.own = own.CPU
	for _, h := range s.helpers {
		used, err := h.used()
		if err != nil {
			return m, err
		}
		m.helpers += used
	}
	return m, nil
}
