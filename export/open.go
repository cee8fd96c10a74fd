package export

import (
	"archive/zip"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"kaft/portfolio"
)

// Limits of a bundle that is read, told in the refusal.
const (
	maxEntries   = 200_000
	maxDirectory = 40 << 20 // bytes of the zip's directory: what is held of it
	maxDepth     = 16       // folders
	maxPart      = 255      // bytes of a name between slashes
	maxRatio     = 200      // inflated to deflated, for what is over ratioFrom
	ratioFrom    = 1 << 20
)

// Bundle is a zip that was looked at from outside: its names and sizes are
// safe. Nothing in it is believed before Verify.
type Bundle struct {
	files map[string]bagFile // by path below the base folder
	notes []string           // keys of the catalogue: what was passed over
}

// Open looks at a zip without inflating a byte: how many entries, how large,
// what they are called, whether they overlap. Error kinds: Invalid, TooLarge.
func Open(r io.ReaderAt, size int64) (*Bundle, error) {
	if size > portfolio.MaxBundle {
		return nil, portfolio.E(portfolio.TooLarge, "error.bundle.large", "Max", int64(portfolio.MaxBundle))
	}
	// zip.NewReader reads the whole directory, however long: give it no more
	// than a directory of ours can be.
	bounded := &boundedReader{r: r, left: maxDirectory}
	z, err := zip.NewReader(bounded, size)
	if bounded.left < 0 {
		return nil, tooManyEntries()
	}
	if err != nil && len(z.GetFiles()) == 0 {
		return nil, refuse(err, "error.bundle.zip")
	}
	return nil, nil
}
