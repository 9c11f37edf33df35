package runners

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// frameBytesOf is a stream of frames, each a run frame with one entry.
func frameBytesOf(t interface{ Fatal(...any) }, values ...[]byte) []byte {
	var b bytes.Buffer
	w := frameWriter{w: &b}
	for id, v := range values {
		w.begin(frameRun)
		if err := w.entry(id, func(b []byte) ([]byte, error) { return append(b, v...), nil }); err != nil {
			t.Fatal(err)
		}
		if err := w.send(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func readFrames(r io.Reader) (values [][]byte, err error) {
	f := newFrameReader(r)
	for {
		_, payload, err := f.next()
		if err != nil {
			return values, err
		}
		err = eachEntry(payload, func(_ int, v []byte) error {
			values = append(values, slices.Clone(v))
			return nil
		})
		if err != nil {
			return values, err
		}
	}
}

func TestFramesArriveWholeHoweverTheStreamIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 200_000), 1, 6).Draw(t, "sizes")
		var sent [][]byte
		for i, n := range sizes {
			sent = append(sent, bytes.Repeat([]byte{byte(i + 1)}, n))
		}
		stream := frameBytesOf(t, sent...)
		cut := rapid.IntRange(0, len(stream)).Draw(t, "cut")
		got, err := readFrames(io.MultiReader(bytes.NewReader(stream[:cut]), bytes.NewReader(stream[cut:])))
		if err != io.EOF || !slices.EqualFunc(got, sent, bytes.Equal) {
			t.Fatalf("%d of %d frames arrived whole, then %v", len(got), len(sent), err)
		}
	})
}

func TestEverySplitPointOfAShortStream(t *testing.T) {
	stream := frameBytesOf(t, nil, []byte("ab"), []byte("c"))
	if got, err := readFrames(iotest.OneByteReader(bytes.NewReader(stream))); err != io.EOF || len(got) != 3 {
		t.Fatalf("byte by byte: %d frames, %v", len(got), err)
	}
	for n := range stream {
		got, err := readFrames(bytes.NewReader(stream[:n]))
		if err != io.EOF && err != io.ErrUnexpectedEOF || len(got) == 3 {
			t.Errorf("cut after %d bytes: %d frames, %v", n, len(got), err)
		}
	}
}

func TestBadHeadsAreRefusedBeforeAnythingIsAllocated(t *testing.T) {
	for head, word := range map[string]string{
		"\xff\xff\xff\xff\x03": "4294967299 bytes",
		"\xfd\xff\xff\x0f\x03": "268435457 bytes",
		"\x00\x00\x00\x00\x03": "4 bytes",
		"\x05\x00\x00\x00\x00": "kind (0)",
		"\x05\x00\x00\x00\x63": "kind (99)",
	} {
		f := newFrameReader(strings.NewReader(head + "garbage garbage"))
		if _, _, err := f.next(); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v does not mention %q", head, err, word)
		}
		if len(f.buf) > 64<<10 {
			t.Errorf("%q: %d bytes allocated", head, len(f.buf))
		}
	}
}

func TestFramesOverTheLimitAreNotSent(t *testing.T) {
	w := frameWriter{w: io.Discard}
	w.begin(frameRun)
	w.buf = append(w.buf, make([]byte, MaxFrame)...)
	if err := w.send(); err == nil || w.bytes != 0 {
		t.Errorf("sent %d bytes, %v", w.bytes, err)
	}
}

func TestReadErrorsAreKept(t *testing.T) {
	broken := errors.New("broken")
	stream := frameBytesOf(t, []byte("x"))
	_, err := readFrames(io.MultiReader(bytes.NewReader(stream), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// FuzzFrames feeds any bytes to what reads frames from another process: it
// may refuse them, but neither panic nor return more than it was given.
func FuzzFrames(f *testing.F) {
	f.Add(frameBytesOf(f, nil, []byte("ab")))
	f.Add([]byte("\xff\xff\xff\xff\x03"))
	f.Add([]byte("\x05\x00\x00\x00\x06\x03abc"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := newFrameReader(iotest.HalfReader(bytes.NewReader(stream)))
		total := 0
		for {
			_, payload, err := r.next()
			if err != nil {
				break
			}
			total += len(payload)
			if name, args, err := readCall(payload, nil); err == nil && !bytes.Equal(appendCall(nil, name, args), payload) {
				t.Errorf("call %q does not survive", payload)
			}
			_ = eachEntry(payload, func(_ int, v []byte) error { // refusing is fine
				if len(v) > len(payload) {
					t.Errorf("entry of %d bytes in %d", len(v), len(payload))
				}
				return nil
			})
		}
		if total > len(stream) {
			t.Errorf("%d bytes out of %d", total, len(stream))
		}
	})
}
