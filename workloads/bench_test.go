package workloads

import "testing"

// BenchmarkGrain shows what a task of each grain costs here, serially.
func BenchmarkGrain(b *testing.B) {
	task := fannkuchTask()
	for _, grain := range fannkuchGrains() {
		b.Run(grain, func(b *testing.B) {
			in := fannkuchIn{N: 9, Count: fannkuchGrain[grain]}
			for range b.N {
				if _, err := task.f(nil, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkThink(b *testing.B) {
	x := uint64(1)
	for range b.N {
		x = think(x, 1)
	}
	if x == 0 {
		b.Fatal("xorshift reached 0")
	}
}

func BenchmarkWordcount(b *testing.B) {
	text := newTextGenerator(1).document(64 << 10)
	b.SetBytes(int64(len(text)))
	for range b.N {
		countWords(text)
	}
}
