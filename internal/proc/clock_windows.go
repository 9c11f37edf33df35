package proc

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The performance counter and its steps a second.
var (
	kernel           = windows.NewLazySystemDLL("kernel32.dll")
	performance      = kernel.NewProc("QueryPerformanceCounter")
	performanceSteps = kernel.NewProc("QueryPerformanceFrequency")
)

// Now reads the machine's performance counter, which all its processes share
// and nobody can set. Where it begins has no meaning; it is never 0.
func Now() time.Duration {
	var steps, second int64
	_, _, _ = performance.Call(uintptr(unsafe.Pointer(&steps)))       // both always succeed,
	_, _, _ = performanceSteps.Call(uintptr(unsafe.Pointer(&second))) // says the manual
	return time.Duration(steps/second)*time.Second + time.Duration(steps%second*int64(time.Second)/second)
}
