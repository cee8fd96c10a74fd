package storetest_test

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"kaft/app/localstore"
	"kaft/app/storetest"
	"kaft/portfolio"
)

// The suites are run on an engine with one fault, each in a process of its own
// because they must fail there.
const faultVar = "KAFT_STORETEST_FAULT"

func TestSuitesPassAGoodEngine(t *testing.T) {
	if out, err := suite(t, "none"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSuitesNoticeEveryFault(t *testing.T) {
	names := slices.Concat(slices.Collect(maps.Keys(storeFaults)), slices.Collect(maps.Keys(filesFaults)))
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := suite(t, name)
			if err == nil {
				t.Fatal("the suite found nothing wrong")
			}
			if !strings.Contains(out, "--- FAIL: TestOneFault/") {
				t.Errorf("it ended for another reason: %v\n%s", err, out)
			}
		})
	}
}

func suite(t *testing.T, fault string) (string, error) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOneFault$", "-test.short", "-test.failfast",
		"-test.timeout=5m", "-rapid.shrinktime=1ms", "-rapid.nofailfile")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), faultVar+"="+fault)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestOneFault is what the other process runs.
func TestOneFault(t *testing.T) {
	fault := os.Getenv(faultVar)
	if fault == "" {
		t.Skip("run by TestSuitesNoticeEveryFault")
	}
	storeFault, inStore := storeFaults[fault]
	filesFault, inFiles := filesFaults[fault]
	if !inFiles {
		storetest.TestStore(t, func(t *testing.T) (portfolio.Store, func() portfolio.Store) {
			dir := t.TempDir()
			s, err := localstore.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			if !inStore {
				return s, nil
			}
			return storeFault(s), func() portfolio.Store { return s }
		})
	}
	if !inStore {
		storetest.TestFiles(t, func(t *testing.T) (portfolio.Files, func() portfolio.Files) {
			f, err := localstore.OpenFiles(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			if !inFiles {
				return f, nil
			}
			return filesFault(f), func() portfolio.Files { return f }
		})
	}
}
