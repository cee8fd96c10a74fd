//go:build unix

package localstore

import (
	"os"

	"golang.org/x/sys/unix"
)

func lockFile(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == unix.EWOULDBLOCK {
		return errLocked
	}
	return err
}

// flushFolder makes the names in an open folder durable.
func flushFolder(dir *os.File) error { return dir.Sync() }
