package workloads

import (
	"fmt"
	"hash/crc32"
)

// Handoff is pure communication: a task receives a payload, touches every
// page of it and answers with one word. What is measured is getting it there.
func Handoff() Workload {
	return Workload{
		Name:     "handoff",
		Doc:      "pure IPC: hand a payload to a worker, which touches every page and answers with one word",
		Tasks:    []Task{handoffTask(), handoffCRCTask()},
		Payloads: []string{"64B", "256B", "1KiB", "4KiB", "16KiB", "64KiB", "256KiB", "1MiB", "4MiB", "16MiB"},
		Ceiling:  "spin",
		Prepare:  prepareHandoff,
	}
}

// pageSize is the step at which a payload is touched.
const pageSize = 4096

type handoffIn struct {
	Stamp   uint64
	Payload []byte
}

type handoffOut struct{ Stamp, Digest uint64 }

func handoffTask() *Func[handoffIn, handoffOut] {
	return NewTask("handoff", func(_ Effects, in handoffIn) (handoffOut, error) {
		return handoffOut{in.Stamp, touch(in.Payload)}, nil
	})
}

func handoffCRCTask() *Func[handoffIn, handoffOut] {
	return NewTask("handoff-crc", func(_ Effects, in handoffIn) (handoffOut, error) {
		return handoffOut{in.Stamp, uint64(crc32.ChecksumIEEE(in.Payload))}, nil
	})
}

// touch folds one byte of every page, and the last byte, into a word.
func touch(payload []byte) uint64 {
	h := uint64(len(payload))
	for i := 0; i < len(payload); i += pageSize {
		h = h*31 + uint64(payload[i])
	}
	return h*31 + uint64(payload[len(payload)-1])
}

func prepareHandoff(p Params) (Job, error) {
	size := p.Bytes()
	messages := handoffMessages(size)
	return handoffJob{
		Batch:    handoffBatch(handoffTask(), touch, size, evenly(1, messages, 4*messages, p.Width), 0x9e3779b97f4a7c15),
		messages: messages,
		size:     size,
	}, nil
}

// A handoffJob measures with tasks that touch every page, and afterwards
// proves, with other payloads, that every byte arrives.
type handoffJob struct {
	Batch[handoffIn, handoffOut]
	messages, size int
}

// Proof has the worker answer with the CRC-32 of all that it received.
func (j handoffJob) Proof(n int) Pass {
	crc := func(b []byte) uint64 { return uint64(crc32.ChecksumIEEE(b)) }
	return handoffBatch(handoffCRCTask(), crc, j.size, j.messages, stamp(n, 0)|1).Pass(n)
}

// handoffBatch fills distinct payloads from a seed other than 0.
func handoffBatch(task *Func[handoffIn, handoffOut], digest func([]byte) uint64, size, messages int, seed uint64) Batch[handoffIn, handoffOut] {
	ins, want := make([]handoffIn, messages), make([]uint64, messages)
	x := seed
	for i := range ins {
		ins[i].Payload = make([]byte, size)
		for j := 0; j+8 <= size; j += 8 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			le.PutUint64(ins[i].Payload[j:], x)
		}
		want[i] = digest(ins[i].Payload)
	}
	return Batch[handoffIn, handoffOut]{
		Task:         task,
		Ins:          ins,
		Stamp:        func(in *handoffIn, stamp uint64) { in.Stamp = stamp },
		PayloadBytes: int64(size) * int64(messages),
		Check: func(ins []handoffIn, outs []handoffOut, _ []int64) error {
			return checkHandoff(ins, outs, want)
		},
	}
}

// handoffMessages is how many messages make a pass: 16 MiB of payload, but at
// most 1000 messages and at least 4.
func handoffMessages(size int) int { return max(4, min(1000, 16<<20/size)) }

func checkHandoff(ins []handoffIn, outs []handoffOut, digests []uint64) error {
	for i, out := range outs {
		if want := (handoffOut{ins[i].Stamp, digests[i]}); out != want {
			return fmt.Errorf("message %d answered %x instead of %x", i, out, want)
		}
	}
	return nil
}

// AppendBinary appends the stamp, then the payload.
func (in handoffIn) AppendBinary(b []byte) ([]byte, error) {
	return append(le.AppendUint64(b, in.Stamp), in.Payload...), nil
}

// UnmarshalBinary is the inverse of AppendBinary; the payload stays in b.
func (in *handoffIn) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	in.Stamp, in.Payload = f.uint64(), f.b
	if f.err == nil && len(in.Payload) == 0 {
		return errShort
	}
	return f.err
}

// AppendBinary appends stamp and digest.
func (out handoffOut) AppendBinary(b []byte) ([]byte, error) {
	return le.AppendUint64(le.AppendUint64(b, out.Stamp), out.Digest), nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (out *handoffOut) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*out = handoffOut{f.uint64(), f.uint64()}
	return f.done()
}
