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
		open := opener(t, localstore.Open)
		return open(), func() portfolio.Store { return open() }
	})
}

func TestFilesKeepTheContract(t *testing.T) {
	storetest.TestFiles(t, func(t *testing.T) (portfolio.Files, func() portfolio.Files) {
		open := opener(t, localstore.OpenFiles)
		return open(), func() portfolio.Files { return open() }
	})
}

// opener opens a folder of its own, after closing what it opened before.
func opener[T io.Closer](t *testing.T, open func(dir string) (T, error)) func() T {
	dir, shut := t.TempDir(), func() error { return nil }
	t.Cleanup(func() { shut() })
	return func() T {
		if err := shut(); err != nil {
			t.Error(err)
		}
		engine, err := open(dir)
		if err != nil {
			t.Fatal(err)
		}
		shut = engine.Close
		return engine
	}
}
