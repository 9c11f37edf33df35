package proc

import (
	"os/exec"
	"slices"
	"strings"
)

// fillVariable has no meaning: its length moves the stack of the process.
const fillVariable = "NONREV_FILL"

// fillLimit is the most bytes by which environments differ: a page.
const fillLimit = 4096

// Fill makes the environment of the command, whose Env must be set, longer by
// a number of bytes that is a function of seed. Where the environment ends
// decides where a stack begins, which alone can make the same program several
// percent faster or slower: Mytkowicz et al., Producing Wrong Data Without
// Doing Anything Obviously Wrong, ASPLOS 2009.
func Fill(cmd *exec.Cmd, seed uint64) {
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, fillVariable+"=") })
	cmd.Env = append(cmd.Env, fillVariable+"="+strings.Repeat("x", int(mixed(seed)%fillLimit)))
}

// mixed is a bijection that makes near seeds far apart: the finaliser of
// splitmix64, Steele et al., OOPSLA 2014.
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
