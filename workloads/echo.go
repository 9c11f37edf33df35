package workloads

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"time"

	"github.com/nonrev/nonrev/workloads/helper"
)

// Echo is network IO: every task opens a connection to an origin in another
// process, sends a payload, and waits for it to come back after the origin's
// service delay. As a closed loop a new request starts when an old one is done;
// with a rate requests come at moments fixed in advance, and their latency
// counts from then.
func Echo() Workload {
	return EchoWith("echo", func(ctx context.Context, p Params, ready func(string)) error {
		origin := helper.NewOrigin(helper.Constant(time.Duration(p.Int("delay")) * time.Microsecond))
		origin.Listeners = helper.ListenersFor(p.Int("tasks"))
		return origin.Serve(ctx, ready)
	})
}

// EchoWith is echo under another name and with another origin: for whoever
// must know what the origin does.
func EchoWith(name string, origin func(ctx context.Context, p Params, ready func(addresses string)) error) Workload {
	return Workload{
		Name:  name,
		Doc:   "network IO: connect to an origin on loopback, send a payload, wait for it to come back after a service delay",
		IO:    true,
		Needs: []Effect{Net, Time},
		Tasks: []Task{echoTask()},
		Knobs: []Knob{
			{"delay", "service delay of the origin in microseconds", 2000, 0, 10_000_000},
			{"rate", "connections that arrive a second, at moments fixed in advance; 0: each comes when an earlier one is done", 0, 0, 1_000_000},
			{"requests", "requests a connection; 1 when connections arrive at a rate", 1, 1, 1000},
			{"size", "bytes a request", 64, 1, 1 << 20},
			{"tasks", "connections a pass", 128, 1, 100_000},
		},
		InFlight: 64,
		Ceiling:  "spin",
		Refuse:   refuseEcho,
		Prepare:  prepareEcho,
		Helper:   origin,
	}
}

// longestPass is how many seconds of arrivals a pass may hold: it is run whole.
const longestPass = 10

func refuseEcho(p Params) error {
	name, rate, requests, tasks := p.workload.Name, p.Int("rate"), p.Int("requests"), p.Int("tasks")
	switch {
	case rate == 0:
	case requests > 1:
		return fmt.Errorf("%s: requests=%d with rate=%d: only the first request of a connection would come at that rate, so set requests=1", name, requests, rate)
	case tasks > longestPass*rate:
		return fmt.Errorf("%s: a pass of tasks=%d at rate=%d takes over %d s, so set tasks=%d or fewer", name, tasks, rate, longestPass, longestPass*rate)
	}
	return nil
}

type echoIn struct {
	Pass, Stamp    uint64        // Pass is the same for all tasks of a pass
	Due            time.Duration // when the task comes, 0 if that is not fixed
	Requests, Size int
	Address        string
}

type echoOut struct {
	Stamp uint64
	CRC   uint32 // of everything that came back
	// Latencies of the requests; that of the first includes connecting and, if
	// the task was due at some time, what it began late.
	Latencies []time.Duration
}

func echoTask() *Func[echoIn, echoOut] {
	return NewTask("echo", runEcho)
}

func runEcho(fx Effects, in echoIn) (out echoOut, err error) {
	out.Stamp = in.Stamp
	out.Latencies = make([]time.Duration, 0, in.Requests)
	start, err := begin(fx, in.Due)
	if err != nil {
		return out, err
	}
	c, err := fx.Dial(in.Address)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	message := helper.AppendHeader(make([]byte, 0, helper.HeaderSize+in.Size), in.Pass, uint32(in.Size))
	message = append(message, echoPayload(in)...)
	reply := make([]byte, in.Size)
	for range in.Requests {
		if _, err := c.Write(message); err != nil {
			return out, err
		}
		if _, err := io.ReadFull(c, reply); err != nil {
			return out, err
		}
		end := time.Now()
		out.Latencies = append(out.Latencies, end.Sub(start))
		start = end
		out.CRC = crc32.Update(out.CRC, crc32.IEEETable, reply)
	}
	return out, nil
}

// begin waits until a task is due, if it is, and returns the time from which
// its first latency counts.
func begin(fx Effects, due time.Duration) (time.Time, error) {
	if due == 0 {
		return time.Now(), nil
	}
	if err := fx.SleepUntil(due); err != nil {
		return time.Time{}, err
	}
	return time.Now().Add(due - fx.Now()), nil
}

// echoPayload is different for every task of every pass.
func echoPayload(in echoIn) []byte {
	b := make([]byte, in.Size)
	x := in.Stamp
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = byte(x >> 56)
	}
	return b
}

func prepareEcho(p Params) (Job, error) {
	if p.Helper == "" {
		return nil, errors.New("echo: no origin is running")
	}
	n := p.Int("tasks")
	ins := make([]echoIn, n)
	addresses := helper.Addresses(p.Helper)
	for i := range ins {
		ins[i] = echoIn{Address: addresses[i%len(addresses)], Requests: p.Int("requests"), Size: p.Int("size")}
	}
	requests := n * p.Int("requests")
	bytes := int64(requests * p.Int("size"))
	// One origin serves many processes; passes of two must not be mixed up.
	process := rand.Uint64()
	return &echoJob{
		batch: Batch[echoIn, echoOut]{
			Task:         echoTask(),
			Ins:          ins,
			Latencies:    func(out echoOut) []time.Duration { return out.Latencies },
			Rate:         p.Int("rate"),
			Due:          func(in *echoIn, at time.Duration) { in.Due = at },
			Seed:         process,
			PayloadBytes: bytes,
			Plan: Receipt{
				Dials:         int64(n),
				BytesSent:     bytes + int64(requests)*helper.HeaderSize,
				BytesReceived: bytes,
			},
		},
		origin:  addresses[0],
		process: process,
	}, nil
}

type echoJob struct {
	batch   Batch[echoIn, echoOut]
	origin  string
	process uint64
}

func (j *echoJob) Pass(n int) Pass {
	b := j.batch
	id := j.process + uint64(n)
	b.Stamp = func(in *echoIn, stamp uint64) { in.Pass, in.Stamp = id, stamp }
	b.Check = func(ins []echoIn, outs []echoOut, _ []int64) error {
		return checkEcho(j.origin, id, ins, outs)
	}
	return b.Pass(n)
}

func checkEcho(origin string, id uint64, ins []echoIn, outs []echoOut) error {
	want := helper.Stats{Connections: int64(len(ins))}
	for i, in := range ins {
		payload := echoPayload(in)
		var crc uint32
		for range in.Requests {
			crc = crc32.Update(crc, crc32.IEEETable, payload)
		}
		if n := len(outs[i].Latencies); n != in.Requests {
			return fmt.Errorf("connection %d timed %d of %d requests", i, n, in.Requests)
		}
		if first := outs[i].Latencies[0]; first < 0 {
			return fmt.Errorf("connection %d was answered %v before it was due", i, -first)
		}
		if outs[i].Stamp != in.Stamp || outs[i].CRC != crc {
			return fmt.Errorf("connection %d brought back CRC-32 %08x instead of %08x", i, outs[i].CRC, crc)
		}
		want.Requests += int64(in.Requests)
		want.Bytes += int64(in.Requests * in.Size)
		want.CRC += uint64(in.Requests) * uint64(crc32.ChecksumIEEE(payload))
	}
	got, err := helper.OriginStats(origin, id)
	if err != nil {
		return err
	}
	if got.Peak < 1 || got.Peak > got.Connections {
		return fmt.Errorf("the origin saw at most %d of %d connections open", got.Peak, got.Connections)
	}
	want.Peak = got.Peak
	if got != want {
		return fmt.Errorf("the origin saw %+v instead of %+v", got, want)
	}
	return nil
}

// AppendBinary appends the numbers, 8 bytes each, then the address.
func (in echoIn) AppendBinary(b []byte) ([]byte, error) {
	for _, v := range [...]uint64{in.Pass, in.Stamp, uint64(in.Due), uint64(in.Requests), uint64(in.Size)} {
		b = le.AppendUint64(b, v)
	}
	return append(b, in.Address...), nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (in *echoIn) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*in = echoIn{Pass: f.uint64(), Stamp: f.uint64(), Due: time.Duration(f.int()), Requests: f.int(), Size: f.int(), Address: string(f.b)}
	return f.err
}

// AppendBinary appends stamp and CRC, then the latencies, 8 bytes each.
func (out echoOut) AppendBinary(b []byte) ([]byte, error) {
	b = le.AppendUint64(b, out.Stamp)
	b = le.AppendUint64(b, uint64(out.CRC))
	for _, l := range out.Latencies {
		b = le.AppendUint64(b, uint64(l))
	}
	return b, nil
}

// UnmarshalBinary is the inverse of AppendBinary.
func (out *echoOut) UnmarshalBinary(b []byte) error {
	f := fields{b: b}
	*out = echoOut{Stamp: f.uint64(), CRC: uint32(f.uint64())}
	for f.err == nil && len(f.b) > 0 {
		out.Latencies = append(out.Latencies, time.Duration(f.int()))
	}
	return f.done()
}
