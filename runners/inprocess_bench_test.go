package runners

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"testing"
)

// BenchmarkInProcess is the round trip of a message that is handed over to
// another goroutine and back, on one thread and on two.
func BenchmarkInProcess(b *testing.B) {
	for _, via := range inProcessTransports() {
		for _, procs := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/procs=%d", via.name, procs), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				near, far := via.connect(1)
				ended := make(chan error, 1)
				go func() { ended <- echo(far, math.MaxInt) }()
				message := make([]byte, 64)
				b.ReportAllocs()
				for b.Loop() {
					if err := near.send(message); err != nil {
						b.Fatal(err)
					}
					var err error
					if message, err = near.receive(); err != nil {
						b.Fatal(err)
					}
				}
				closeBoth(b, near, far)
				if err := <-ended; err != nil && err != io.EOF {
					b.Error(err)
				}
			})
		}
	}
}
