package claims

import (
	"github.com/nonrev/nonrev/internal/result"
)

// c08 looks whether shared sums come out right under every model, without any
// primitive in user code. A thread's own state is state=shard, whose speed is
// shown beside.
func c08() Claim {
	return Claim{
		ID:        "C08",
		Says:      `thread-local state uses locks, "but I do not need to think about" them`,
		Quote:     "Of course threadlocal objects (I mean instances of threading.local in Python) use locks internally, but I do not need to think about the locks, they are hidden from my user experience.",
		Kind:      Behaviour,
		Number:    "the share of models under which shared sums are right with no primitive in user code",
		Supported: "100%", Refuted: "any wrong",
		Where: "counter under every model; shard against lock beside", Cores: "2",
		Profile: "default",
		cases: []result.Cell{
			under(result.Cell{Workload: "counter"}, "goroutine", 0),
			under(result.Cell{Workload: "counter"}, "locked", 0),
			under(result.Cell{Workload: "counter"}, "thread", 0),
			under(result.Cell{Workload: "counter"}, "subprocess", 0),
			under(result.Cell{Workload: "counter"}, "eventloop", 0),
			under(result.Cell{Workload: "counter"}, "prefork", 0),
		},
		rule: rule{support: atLeast(1), refute: below(1)},
		beside: func(int) []part {
			shard := result.Cell{Workload: "counter", Model: "goroutine", State: "shard", Cores: 2}
			lock := shard
			lock.State = "lock"
			return []part{ratio("the throughput of state shard over state lock under goroutine", rate(shard), rate(lock), Side{}, Side{})}
		},
	}
}
