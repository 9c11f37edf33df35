// Package imports holds the boundaries of the project. It is empty but for its
// tests: who may import whom, where the operating system may be seen, and what
// a workload may not touch.
package imports
