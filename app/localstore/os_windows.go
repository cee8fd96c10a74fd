package localstore

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile locks a byte far behind the contents, which stay readable for
// whoever wants to know the pid.
func lockFile(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
	if err == windows.ERROR_LOCK_VIOLATION {
		return errLocked
	}
	return err
}

// flushFolder does nothing: Windows has no flush of a folder, NTFS writes names
// in its own journal.
func flushFolder(*os.File) error { return nil }
