package export

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
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
	maxRatio     = 200      // inflated to deflated, of what is over ratioFrom
	ratioFrom    = 1 << 20
)

// Bundle is a zip that was looked at from outside: its names and sizes are
// safe. Nothing in it is believed before Verify.
type Bundle struct {
	files    map[string]bagFile // by path below the base folder
	notes    []string           // keys of the catalogue: what was passed over
	lost     map[string]bool    // files of works that are missing or damaged, by path: Verify found them
	contexts fs.FS              // for proofs that need them; nil in Kaft itself
	leap     *leapSource        // nil for a bundle of Kaft's own form
}

// Open looks at a zip without inflating a byte: how many entries, how large,
// what they are called, whether they overlap. A zip with leap2a.xml, and
// leap2a.xml alone, stand in the place of a bundle. Error kinds: Invalid, TooLarge.
func Open(r io.ReaderAt, size int64) (*Bundle, error) {
	if size > portfolio.MaxBundle {
		return nil, portfolio.E(portfolio.TooLarge, "error.bundle.large", "Max", int64(portfolio.MaxBundle))
	}
	if b, ok := openBare(r, size); ok {
		return b, nil
	}
	if records, bytes := claimed(r, size); records > maxEntries || bytes > maxDirectory {
		return nil, portfolio.E(portfolio.TooLarge, "error.bundle.entries", "Max", maxEntries)
	}
	// The reader goes on past what the directory claims: it gets no more.
	bounded := &boundedReader{r: r, left: maxDirectory + 1<<17}
	z, err := zip.NewReader(bounded, size)
	if bounded.left < 0 || (z != nil && len(z.File) > maxEntries) {
		return nil, portfolio.E(portfolio.TooLarge, "error.bundle.entries", "Max", maxEntries)
	}
	if z == nil {
		return nil, refuse(err, "error.bundle.zip")
	}
	bounded.left = 1 << 62 // from here on sizes are checked one by one
	b := &Bundle{files: map[string]bagFile{}}
	entries, err := b.checkEntries(z.File)
	if err != nil {
		return nil, err
	}
	if err := checkOverlap(entries); err != nil {
		return nil, err
	}
	return b, b.findBase(entries)
}

func refuse(cause error, msg string, args ...any) error {
	e := portfolio.E(portfolio.Invalid, msg, args...)
	e.Err = cause
	return e
}

// claimed reads from the end of a zip how many entries it says to have and how
// long their directory is: zip.NewReader takes room for that many unseen.
func claimed(r io.ReaderAt, size int64) (records, length uint64) {
	tail := make([]byte, min(size, 22+1<<16))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return 0, 0 // it fails again in zip.NewReader
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || at+22 > len(tail) {
		return 0, 0
	}
	le := binary.LittleEndian
	records, length = uint64(le.Uint16(tail[at+10:])), uint64(le.Uint32(tail[at+12:]))
	if records < 1<<16-1 && length < 1<<32-1 && le.Uint32(tail[at+16:]) < 1<<32-1 {
		return records, length
	}
	var locator [20]byte
	if _, err := r.ReadAt(locator[:], size-int64(len(tail))+int64(at)-20); err != nil || !bytes.HasPrefix(locator[:], []byte("PK\x06\x07")) {
		return records, length
	}
	var end [56]byte
	if _, err := r.ReadAt(end[:], int64(le.Uint64(locator[8:])&(1<<62-1))); err != nil {
		return records, length
	}
	return le.Uint64(end[32:]), le.Uint64(end[40:])
}

// entry is one file of the zip with what was worked out about it.
type entry struct {
	*zip.File
	name       string
	start, end int64 // its bytes in the zip, header included
}

// checkEntries checks each entry by itself, and that no two have the same name
// on any computer.
func (b *Bundle) checkEntries(files []*zip.File) ([]entry, error) {
	var out []entry
	var total uint64
	seen := map[string]bool{} // as a Mac or Windows sees the name; true for a folder
	fold := cases.Fold()
	for _, f := range files {
		name := strings.TrimSuffix(f.Name, "/")
		folder := name != f.Name
		if err := checkName(name); err != nil {
			return nil, err
		}
		switch {
		case f.Flags&(1|1<<6|1<<13) != 0:
			return nil, portfolio.E(portfolio.Invalid, "error.bundle.encrypted")
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return nil, portfolio.E(portfolio.Invalid, "error.bundle.method", "Name", shown(name))
		case f.Mode().Type() != 0 && !(folder && f.Mode().Type() == fs.ModeDir), folder && f.UncompressedSize64 > 0:
			return nil, portfolio.E(portfolio.Invalid, "error.bundle.special", "Name", shown(name))
		case f.UncompressedSize64 > 1<<32, f.CompressedSize64 > 1<<32:
			return nil, portfolio.E(portfolio.TooLarge, "error.too_large", "Name", shown(name), "Size", int64(min(f.UncompressedSize64, 1<<62)), "Max", int64(1<<32))
		case f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/maxRatio > f.CompressedSize64,
			f.Method == zip.Store && f.UncompressedSize64 != f.CompressedSize64:
			return nil, portfolio.E(portfolio.Invalid, "error.bundle.ratio", "Name", shown(name))
		}
		if total += f.UncompressedSize64; total > portfolio.MaxBundle {
			return nil, portfolio.E(portfolio.TooLarge, "error.bundle.large", "Max", int64(portfolio.MaxBundle))
		}
		key := fold.String(norm.NFC.String(name))
		if was, ok := seen[key]; ok && !(was && folder) {
			return nil, portfolio.E(portfolio.Invalid, "error.bundle.duplicate", "Name", shown(name))
		}
		seen[key] = folder
		at, err := f.DataOffset()
		if err != nil {
			return nil, refuse(err, "error.bundle.zip")
		}
		e := entry{File: f, name: name, start: at - 30 - int64(len(f.Name)), end: at + int64(f.CompressedSize64)}
		if !folder {
			out = append(out, e)
		}
	}
	for _, e := range out { // a file cannot be the folder of another
		for dir := path.Dir(fold.String(norm.NFC.String(e.name))); dir != "."; dir = path.Dir(dir) {
			if folder, ok := seen[dir]; ok && !folder {
				return nil, portfolio.E(portfolio.Invalid, "error.bundle.duplicate", "Name", shown(e.name))
			}
		}
	}
	return out, nil
}

var (
	drive    = regexp.MustCompile(`^[A-Za-z]:`)
	reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$`)
)

// checkName refuses a name that is no plain path below here on some computer.
// Nothing is ever stored under it; this keeps a person who unpacks the bundle
// safe as well.
func checkName(name string) error {
	bad := !utf8.ValidString(name) || name == "" || drive.MatchString(name) || strings.ContainsAny(name, `\<>:"|?*`) ||
		strings.ContainsFunc(name, unicode.IsControl)
	parts := strings.Split(name, "/")
	for _, p := range parts {
		bad = bad || p == "" || p == "." || p == ".." || len(p) > maxPart || strings.HasSuffix(p, ".") || strings.HasSuffix(p, " ") || reserved.MatchString(p)
	}
	if bad || len(parts) > maxDepth {
		return portfolio.E(portfolio.Invalid, "error.bundle.name", "Name", shown(name))
	}
	return nil
}

// shown is a name out of a bundle, fit for a sentence.
func shown(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return '·'
		}
		return r
	}, name)
	return cut(name, 120)
}

// checkOverlap refuses entries that share bytes: the trick of the small zip
// that unpacks to terabytes.
func checkOverlap(entries []entry) error {
	byPlace := slices.Clone(entries)
	slices.SortFunc(byPlace, func(a, b entry) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(byPlace); i++ {
		if byPlace[i].start < byPlace[i-1].end {
			return portfolio.E(portfolio.Invalid, "error.bundle.overlap", "Name", shown(byPlace[i].name))
		}
	}
	return nil
}

// junk is what a Mac or Windows leaves in a zip that was packed again.
var junk = regexp.MustCompile(`(^|/)(__MACOSX/.*|\.DS_Store|\._[^/]*|[Tt]humbs\.db|desktop\.ini)$`)

// findBase finds the bag: in one folder, or, packed again, one deeper or not
// in a folder at all. Everything but what computers leave behind must be in it.
func (b *Bundle) findBase(entries []entry) error {
	base, found := "", false
	entries = slices.DeleteFunc(entries, func(e entry) bool {
		left := junk.MatchString(e.name)
		if left && !slices.Contains(b.notes, "bundle.note.junk") {
			b.notes = append(b.notes, "bundle.note.junk")
		}
		return left
	})
	for _, e := range entries {
		if dir := path.Dir(e.name) + "/"; path.Base(e.name) == "bagit.txt" && strings.Count(dir, "/") <= 2 && (!found || len(dir) < len(base)) {
			base, found = strings.TrimPrefix(dir, "./"), true
		}
	}
	if !found {
		if base, found = findLeap2A(entries); !found {
			return portfolio.E(portfolio.Invalid, "error.bundle.no_bag")
		}
		b.leap = new(leapSource)
	}
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.name, base)
		if !ok && b.leap != nil {
			continue // beside it: nothing leads there
		}
		if !ok {
			return portfolio.E(portfolio.Invalid, "error.bundle.extra_file", "Name", shown(e.name))
		}
		b.files[name] = bagFile{size: int64(e.UncompressedSize64), open: e.File.Open}
	}
	return nil
}

// boundedReader gives so many bytes in all and then an error.
type boundedReader struct {
	r    io.ReaderAt
	left int64
}

func (b *boundedReader) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, io.ErrNoProgress
	}
	return b.r.ReadAt(p, off)
}
