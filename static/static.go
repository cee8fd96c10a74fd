// Package static holds what a browser may fetch by name: the stylesheet, our
// own scripts and pictures. They are plain files, embedded, and served under
// one prefix that carries the hash of them all, so that they can be cached for
// ever and a relative import in a script stays within its own version.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
)

// FS holds css/, js/ and img/.
//
//go:embed css js img
var FS embed.FS

// Hash is 12 hex digits of the SHA-256 over all files and their names.
var Hash = hash()

// Path is where the browser finds a file: Path("css/kaft.css") is
// "/static/<Hash>/css/kaft.css".
func Path(name string) string { return "/static/" + Hash + "/" + name }

func hash() string {
	sum := sha256.New()
	err := fs.WalkDir(FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := FS.ReadFile(name)
		if err != nil {
			return err
		}
		one := sha256.Sum256(content)
		sum.Write([]byte(name + "\x00"))
		sum.Write(one[:])
		return nil
	})
	if err != nil {
		panic(err) // the files are in the binary: cannot happen
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
