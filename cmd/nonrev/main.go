// Nonrev measures how the ways to use several cores compare on this machine.
package main

import "github.com/nonrev/nonrev/cmd"

func main() { cmd.Main() }
