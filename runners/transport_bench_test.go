package runners

import (
	"os"
	"runtime"
	"testing"

	"github.com/nonrev/nonrev/internal/proc"
)

// eachPlacement runs f for every transport, with this process on one CPU and
// the process at the other end on the same and on another.
func eachPlacement(b *testing.B, f func(b *testing.B, p *peerEnd)) {
	all, err := proc.Allowed()
	if err != nil || !proc.CanPin {
		b.Skip("skipped: no CPUs to bind to")
	}
	for _, via := range transports() {
		for n, name := range []string{"cpus=1", "cpus=2"} {
			b.Run("transport="+via.name+"/"+name, func(b *testing.B) {
				if n >= len(all) {
					b.Skip("skipped: no two CPUs")
				}
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
				if err := proc.Bind(os.Getpid(), all[:1]); err != nil {
					b.Fatal(err)
				}
				p := startPeer(b, via, peerPart{}, all[n:n+1])
				f(b, p)
				p.end(b)
				if err := proc.Bind(os.Getpid(), all); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// BenchmarkRoundTrip is a frame of 64 bytes there and back.
func BenchmarkRoundTrip(b *testing.B) {
	eachPlacement(b, func(b *testing.B, p *peerEnd) {
		payload := make([]byte, 64)
		b.ReportAllocs()
		for b.Loop() {
			if err := p.ask(payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOneWay is frames of 64 KiB one after the other. What a transport
// holds when the last is written is not waited for.
func BenchmarkOneWay(b *testing.B) {
	eachPlacement(b, func(b *testing.B, p *peerEnd) {
		p.out.begin(frameRun)
		p.out.buf = append(p.out.buf, make([]byte, 64<<10-frameHead)...)
		run := p.out
		b.SetBytes(64 << 10)
		b.ReportAllocs()
		for b.Loop() {
			if err := run.send(); err != nil {
				b.Fatal(err)
			}
		}
		p.out.buf = nil
		if err := p.ask(nil); err != nil {
			b.Fatal(err)
		}
	})
}
