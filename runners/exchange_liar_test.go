package runners

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// lieVariable tells the other process how to go wrong, and at which message.
const lieVariable = "NONREV_TEST_LIE"

// playLiar answers as it should until it goes wrong.
func playLiar(arg json.RawMessage) error {
	var a answerArg
	if err := json.Unmarshal(arg, &a); err != nil {
		return err
	}
	via, err := transportNamed(a.Transport)
	if err != nil {
		return err
	}
	l, err := via.accept()
	if err != nil {
		return err
	}
	how, at := "", 0
	if _, err := fmt.Sscan(os.Getenv(lieVariable), &how, &at); err != nil {
		return err
	}
	if how == "read" { // at bytes and no more
		_, err := io.ReadFull(l, make([]byte, at))
		return err
	}
	r := &framedReceiver{in: newFrameReader(l.ReadCloser), out: frameWriter{w: l.WriteCloser}}
	for n := 0; ; n++ {
		kind, payload, err := r.in.next()
		if err == io.EOF {
			return nil
		}
		asked := err == nil && le.Uint64(payload)&stampAsk != 0
		if err == nil && n >= at && !asked && how != "" {
			err = r.lie(how, payload)
			how = "" // once
		} else if err == nil {
			err = r.reply(kind == frameTimed, payload)
		}
		if err != nil {
			return err
		}
	}
}

func (r *framedReceiver) lie(how string, payload []byte) error {
	switch how {
	case "value":
		payload[len(payload)-1]++
	case "skip":
		return nil
	case "repeat":
		if err := r.reply(false, payload); err != nil {
			return err
		}
	case "count":
		r.seen++
	case "kind":
		return r.out.text(frameDone, strings.Repeat("x", answerBytes))
	case "short":
		return r.out.text(frameAnswer, "x")
	case "panic":
		panic("as told")
	case "leave":
		os.Exit(0)
	case "hang":
		time.Sleep(time.Hour)
	}
	return r.reply(false, payload)
}

func lying(t *testing.T, how string, via string, depth, payload int) error {
	t.Setenv(lieVariable, how)
	s := ExchangeSetup{Model: betweenProcesses, Transport: via, Codec: "raw", Payload: payload, Depth: depth, part: "liar"}
	_, err := Exchange(context.Background(), s, time.Millisecond, 3*time.Millisecond)
	return err
}

// TestWrongAnswersAreNoNumbers has the other process go wrong at the first
// question, at messages, and at the proof.
func TestWrongAnswersAreNoNumbers(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		for _, how := range []string{"value 1", "value 6", "skip 1", "repeat 1", "repeat 6", "count 1", "count 6", "kind 1", "short 1"} {
			if err := lying(t, how, via.name, 4, 64); !errors.Is(err, ErrWrong) {
				t.Errorf("%s: %v", how, err)
			}
		}
	})
}

// TestPeersOfExchangesThatDie has the other process end before it answers a
// message and in the midst of one.
func TestPeersOfExchangesThatDie(t *testing.T) {
	eachTransport(t, func(t *testing.T, via transport) {
		for _, how := range []string{"panic 1", "panic 6", "leave 2", "read 0", "read 3", "read 100000"} {
			for _, depth := range []int{1, 16} {
				err := lying(t, how, via.name, depth, 1<<20)
				if !errors.Is(err, ErrDied) {
					t.Errorf("%s at depth %d: %v", how, depth, err)
				} else if strings.HasPrefix(how, "panic") && !strings.Contains(err.Error(), "as told") {
					t.Errorf("%s at depth %d: no word of the panic in %q", how, depth, err)
				}
			}
		}
	})
}

// TestExchangesEndWithTheirContext holds against a process that does not answer.
func TestExchangesEndWithTheirContext(t *testing.T) {
	t.Setenv(lieVariable, "hang 20")
	eachTransport(t, func(t *testing.T, via transport) {
		for _, depth := range []int{1, 16} {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			s := ExchangeSetup{Model: betweenProcesses, Transport: via.name, Codec: "raw", Payload: 1 << 20, Depth: depth, part: "liar"}
			if _, err := Exchange(ctx, s, time.Second, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("depth %d: %v", depth, err)
			}
			cancel()
		}
	})
	withFloor(t)
	for _, model := range []string{betweenGoroutines, rawGo, rawC} {
		for _, via := range ExchangeTransports(model) {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			s := ExchangeSetup{Model: model, Transport: via, Payload: 64}
			if _, err := Exchange(ctx, s, time.Hour, time.Hour); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s %s: %v", model, via, err)
			}
			cancel()
		}
	}
}
