package localstore_test

import (
	"io"
	"testing"

	"kaft/app/localstore"
	"kaft/app/storetest"
	"kaft/portfolio"
)

func TestStoreKeepsTheContract(t *testing.T) {
	storetest.TestStore(t, func(t *testing.T) (portfolio.Store, func() portfolio.Store) {
		reopen := reopener(t, localstore.Open)
		return reopen(), func() portfolio.Store { return reopen() }
	})
}

func TestFilesKeepTheContract(t *testing.T) {
	storetest.TestFiles(t, func(t *testing.T) (portfolio.Files, func() portfolio.Files) {
		reopen := reopener(t, localstore.OpenFiles)
		return reopen(), func() portfolio.Files { return reopen() }
	})
}

// reopener opens a folder of its own, again and again.
func reopener[T io.Closer](t *testing.T, open func(dir string) (T, error)) func() T {
	var (
		dir    = t.TempDir()
		engine T
		opened bool
	)
	shut := func() {
		if opened {
			if err := engine.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(shut)
	return func() T {
		shut()
		var err error
		if engine, err = open(dir); err != nil {
			t.Fatal(err)
		}
		opened = true
		return engine
	}
}
