package result

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestName(t *testing.T) {
	for _, c := range []struct {
		cell Cell
		name string
	}{
		{Cell{Workload: "fannkuch", Grain: "100us", Model: "subprocess", Cores: 2}, "Fannkuch/grain=100us/model=subprocess-2"},
		{Cell{Workload: "echo", Model: "serial", Cores: 1}, "Echo/model=serial-1"},
		{
			Cell{Workload: "fannkuch", Model: "subprocess", Transport: "pipe", Codec: "binary", Batch: 1, Prefetch: 1, Nodes: 1, Mail: "none", Offload: "none", Cores: 4},
			"Fannkuch/model=subprocess-4",
		},
		{
			Cell{
				Workload: "w", Nodes: 2, Helpers: "shared", InFlight: 64, Prefetch: 4, Batch: 16, Placement: "smt", Offload: "pool", IO: "epoll",
				Codec: "json", Transport: "unix", Host: "loop", Mail: "csp", State: "lock", Model: "m", Payload: "16KiB", Grain: "1ms", Set: "n:7,mode:x", Cores: 8,
			},
			"W/set=n:7,mode:x/grain=1ms/payload=16KiB/model=m/state=lock/mail=csp/host=loop/transport=unix/codec=json/io=epoll/offload=pool" +
				"/placement=smt/batch=16/prefetch=4/inflight=64/helpers=shared/nodes=2-8",
		},
		{Cell{Workload: "check", Other: "claim=C21/case=errors.Is", Model: "subprocess", Cores: 2}, "Check/claim=C21/case=errors.Is/model=subprocess-2"},
		{Cell{Workload: "Own Job", Set: "path:/a b%é\n", Cores: 1}, "%4Fwn%20Job/set=path:%2Fa%20b%25%C3%A9%0A-1"},
	} {
		if got := c.cell.Name(); got != c.name {
			t.Errorf("got  %s\nwant %s", got, c.name)
		}
		if back, err := ParseName(c.name); err != nil || back != c.cell.Canon() {
			t.Errorf("%s was read as %+v, %v", c.name, back, err)
		}
	}
}

func TestParseNameRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"":                          "-N",
		"-2":                        "workload",
		"Echo":                      "-N",
		"Echo-0":                    "-N",
		"Echo-99999999999999999999": "-N",
		"echo-2":                    "workload",
		"Echo/batch=x-2":            "batch",
		"Echo/batch=-1-2":           "batch",
		"Echo/batch=0-2":            "batch",
		"Echo/model=-2":             "model",
		"Echo/model=%zz-2":          "model",
		"Echo/model=a/model=b-2":    "twice",
		"Echo/sub case-2":           "space",
		"Echo/x\x00-2":              "control",
	} {
		if c, err := ParseName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, error %v, want one with %q", name, c, err, want)
		}
	}
}

func TestForeign(t *testing.T) {
	for name, want := range map[string]Cell{
		"Fib":                      {Workload: "fib", Cores: 1},
		"Fib-8":                    {Workload: "fib", Cores: 8},
		"Sort/n=10/stable-8":       {Workload: "sort", Other: "n=10/stable", Cores: 8},
		"Sort/n=10/model=locked-8": {Workload: "sort", Other: "n=10", Model: "locked", Cores: 8},
		"Sort/batch=all/model=x-8": {Workload: "sort", Other: "batch=all/model=x", Cores: 8},
		"_private/100%-8":          {Workload: "_private", Other: "100%", Cores: 8},
		"Sort/size-":               {Workload: "sort", Other: "size-", Cores: 1},
	} {
		if got := foreign(name); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

// anyCell draws cells with hostile values, each at its default at times.
func anyCell() *rapid.Generator[Cell] {
	return rapid.Custom(func(t *rapid.T) Cell {
		c := Cell{
			Workload: rapid.StringN(1, 8, -1).Draw(t, "workload"),
			Other:    rapid.SampledFrom([]string{"", "claim=C21", "claim=C21/case=errors.Is", "7", "a/b"}).Draw(t, "other"),
			Cores:    rapid.IntRange(1, 512).Draw(t, "cores"),
		}
		for _, k := range keys {
			switch f := k.field(&c).(type) {
			case *string:
				*f = rapid.OneOf(rapid.SampledFrom([]string{"", k.def, "a-2", "x=y", "../%2F"}), rapid.String()).Draw(t, k.name)
			case *int:
				*f = rapid.IntRange(0, 3).Draw(t, k.name)
			}
		}
		return c
	})
}

func TestNameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCell().Draw(t, "cell")
		name := c.Name()
		back, err := ParseName(name)
		if err != nil || back != c.Canon() || back.Name() != name {
			t.Fatalf("%+v\nas %s\nread as %+v, %v", c, name, back, err)
		}
	})
}

// Different cells never share a name.
func TestNameTellsCellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyCell().Draw(t, "a"), anyCell().Draw(t, "b")
		if (a.Name() == b.Name()) != (a.Canon() == b.Canon()) {
			t.Fatalf("%s and %s", a.Name(), b.Name())
		}
	})
}

func FuzzParseName(f *testing.F) {
	f.Add("Fannkuch/grain=100us/model=subprocess-2")
	f.Add("Check/claim=C21/case=errors.Is/model=subprocess-2")
	f.Add("%46oo//x/set=%2F/batch=1-01")
	f.Add("Foo/-1")
	f.Fuzz(func(t *testing.T, name string) {
		foreign(name)
		c, err := ParseName(name)
		if err != nil {
			return
		}
		if back, err := ParseName(c.Name()); err != nil || back != c || c != c.Canon() {
			t.Errorf("%q read as %+v, written as %q, read as %+v, %v", name, c, c.Name(), back, err)
		}
	})
}
