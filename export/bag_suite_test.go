package export

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kaft/portfolio"
)

// suiteRules read what bundles may not be: old versions, old hashes, other
// encodings, and a fetch.txt whose files are there.
var suiteRules = bagRules{
	algorithms: map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha512": sha512.New},
	versions:   regexp.MustCompile(`^(0\.9[3-7]|1\.0)$`),
	decode: func(charset string, text []byte) (string, error) {
		enc := map[string]encoding.Encoding{"ISO-8859-1": charmap.ISO8859_1, "UTF-16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}[charset]
		if enc == nil {
			return utf8Only(charset, text)
		}
		out, err := enc.NewDecoder().Bytes(text)
		return string(out), err
	},
	fetch: true,
}

// The conformance suite of the Library of Congress: a bag's folder says what it
// is. Its invalid bags, and those that are bad on Linux or on Windows only, are
// refused everywhere.
func TestBagsOfTheLibraryOfCongressAreReadAsTheirFoldersSay(t *testing.T) {
	root := "../../shared/fixtures/bagit/loc-conformance-suite"
	if _, err := os.Stat(root); err != nil {
		t.Skip("the suite is not here: ", err)
	}
	bags, err := filepath.Glob(root + "/v*/*/*")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, dir := range bags {
		what := filepath.Base(filepath.Dir(dir))
		name, _ := filepath.Rel(root, dir)
		t.Run(name, func(t *testing.T) {
			_, err := checkBag(context.Background(), folder(t, dir), suiteRules, func(int64) error { return nil })
			if err != nil && portfolio.KindOf(err) != portfolio.Invalid {
				t.Errorf("refused without a sentence: %v", err)
			}
			switch what {
			case "valid":
				if err != nil {
					t.Errorf("refused: %v", err)
				}
			case "invalid", "linux-only", "windows-only":
				if err == nil {
					t.Error("accepted")
				} else {
					t.Log(err)
				}
			default: // a warning: either will do
				t.Logf("a warning bag: %v", err)
				return
			}
			if !t.Failed() {
				count[what]++
			}
		})
	}
	// By the suite's own numbers of commit 9ab48705.
	for what, want := range map[string]int{"valid": 27, "invalid": 15, "linux-only": 6, "windows-only": 6} {
		if count[what] != want {
			t.Errorf("%d %s bags went as they should, want %d", count[what], what, want)
		}
	}
}

// folder is a bag in a folder.
func folder(t *testing.T, dir string) map[string]bagFile {
	t.Helper()
	files := map[string]bagFile{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator)))
		files[name] = bagFile{size: info.Size(), open: func() (io.ReadCloser, error) { return os.Open(path) }}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
