//go:build unix

package app

import "syscall"

// writeNow writes what the system takes at once, and tells how much that was.
// What is wrong with a connection, the next ordinary write tells.
func writeNow(raw syscall.RawConn, p []byte) (n int) {
	raw.Write(func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), p)
		return true
	})
	return max(n, 0)
}
