package export

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"kaft/portfolio"
)

// bagFile is one file of a bag.
type bagFile struct {
	size int64
	open func() (io.ReadCloser, error)
}

// bagRules are what a bag must be like. Those of bundles are strict; the tests
// read the Library of Congress's suite with wider ones.
type bagRules struct {
	algorithms map[string]func() hash.Hash
	versions   *regexp.Regexp
	decode     func(charset string, text []byte) (string, error)
	fetch      bool // fetch.txt is allowed, if what it names is there
	tags       bool // a tag manifest must be there
	partial    bool // a file of a work may be missing or damaged: it is told, and the rest is of use
}

// bundleRules: BagIt 1.0 in UTF-8. A fetch.txt is refused: a school's server
// must not fetch addresses out of a family's zip.
var bundleRules = bagRules{
	algorithms: map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New},
	versions:   regexp.MustCompile(`^1\.0$`),
	decode:     utf8Only,
	tags:       true,
	partial:    true,
}

func utf8Only(charset string, text []byte) (string, error) {
	if !strings.EqualFold(charset, "UTF-8") || !utf8.Valid(text) {
		return "", fmt.Errorf("character encoding %q", charset)
	}
	return string(text), nil
}

// Sizes of tag files, in bytes.
const (
	maxTag      = 1 << 20
	maxManifest = 64 << 20
)

// bag is a BagIt bag (RFC 8493, and the drafts before it) that is checked.
type bag struct {
	files   map[string]bagFile
	rules   bagRules
	strict  bool // version 1.0 and later
	charset string
	sums    map[string]map[string]string // path, algorithm, hex; of payload and tag files
	hashed  map[string]bool
	lost    map[string]bool // what is missing or damaged, where the rules let that be
}

// checkBag checks a whole bag: what it says of itself, and every hash. tell is
// called with the number of bytes that were hashed. Error kind: Invalid; an
// error of tell is given back.
func checkBag(ctx context.Context, files map[string]bagFile, rules bagRules, tell func(n int64) error) (*bag, error) {
	b := &bag{files: files, rules: rules, sums: map[string]map[string]string{}, hashed: map[string]bool{}, lost: map[string]bool{}}
	if err := b.declaration(); err != nil {
		return nil, err
	}
	tagManifests, manifests := b.named(tagManifestName), b.named(manifestName)
	if len(manifests) == 0 || (rules.tags && len(tagManifests) == 0) {
		return nil, portfolio.E(portfolio.Invalid, "error.bundle.no_manifest")
	}
	for _, m := range tagManifests {
		if err := b.readManifest(m, tagManifestName.FindStringSubmatch(m)[1], false); err != nil {
			return nil, err
		}
	}
	// The tag files first: a manifest is believed when its own hash is right.
	if err := b.hashAll(ctx, tell); err != nil {
		return nil, err
	}
	for _, m := range manifests {
		if err := b.readManifest(m, manifestName.FindStringSubmatch(m)[1], true); err != nil {
			return nil, err
		}
	}
	if err := b.complete(manifests); err != nil {
		return nil, err
	}
	if err := b.fetchList(); err != nil {
		return nil, err
	}
	if err := b.hashAll(ctx, tell); err != nil {
		return nil, err
	}
	return b, b.oxum()
}

var (
	manifestName    = regexp.MustCompile(`^manifest-([a-z0-9]+)\.txt$`)
	tagManifestName = regexp.MustCompile(`^tagmanifest-([a-z0-9]+)\.txt$`)
	declared        = regexp.MustCompile(`^BagIt-Version: ([0-9]+\.[0-9]+)(?:\r\n|\n|\r)Tag-File-Character-Encoding: ([A-Za-z0-9_.:-]+)(?:\r\n|\n|\r)?$`)
	declaredBefore  = regexp.MustCompile(`^BagIt-Version\s*:\s*([0-9]+\.[0-9]+)\s*(?:\r\n|\n|\r)Tag-File-Character-Encoding\s*:\s*([A-Za-z0-9_.:-]+)\s*$`)
)

// named lists the manifests whose algorithm is known.
func (b *bag) named(form *regexp.Regexp) []string {
	var out []string
	for name := range b.files {
		if m := form.FindStringSubmatch(name); m != nil && b.rules.algorithms[m[1]] != nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// declaration reads bagit.txt.
func (b *bag) declaration() error {
	text, err := b.read("bagit.txt", maxTag)
	if err != nil {
		return err
	}
	m := declared.FindSubmatch(text)
	if m == nil {
		if m = declaredBefore.FindSubmatch(text); m != nil && string(m[1]) >= "1" {
			m = nil // from 1.0 on the form is exact
		}
	}
	if m == nil || !b.rules.versions.Match(m[1]) {
		return portfolio.E(portfolio.Invalid, "error.bundle.bag", "Name", "bagit.txt")
	}
	b.strict, b.charset = string(m[1]) >= "1", string(m[2])
	return nil
}

// read gives a tag file's bytes.
func (b *bag) read(name string, max int64) ([]byte, error) {
	f, ok := b.files[name]
	if !ok {
		return nil, portfolio.E(portfolio.Invalid, "error.bundle.missing_file", "Name", shown(name))
	}
	r, err := f.open()
	if err != nil {
		return nil, refuse(err, "error.bundle.damaged", "Name", shown(name))
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil || int64(len(text)) > max {
		return nil, refuse(err, "error.bundle.damaged", "Name", shown(name))
	}
	return text, nil
}

func (b *bag) lines(name string, max int64) ([]string, error) {
	raw, err := b.read(name, max)
	if err != nil {
		return nil, err
	}
	text, err := b.rules.decode(b.charset, raw)
	if err != nil {
		return nil, refuse(err, "error.bundle.bag", "Name", name)
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
}

var encoded = strings.NewReplacer("%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r", "%25", "%")

// readManifest adds the hashes of a manifest, or of a tag manifest.
func (b *bag) readManifest(name, algorithm string, payload bool) error {
	lines, err := b.lines(name, maxManifest)
	if err != nil {
		return err
	}
	bad := func() error { return portfolio.E(portfolio.Invalid, "error.bundle.bag", "Name", name) }
	for _, line := range lines {
		if line == "" && (len(lines) == 1 || !b.strict) {
			continue // an empty manifest
		}
		sum, path, ok := strings.Cut(line, " ")
		path = strings.TrimLeft(path, " \t")
		path = strings.TrimPrefix(strings.TrimPrefix(path, "*"), "./")
		if b.strict {
			path = encoded.Replace(path)
		}
		sum = strings.ToLower(sum)
		if raw, err := hex.DecodeString(sum); !ok || err != nil || len(raw) != b.rules.algorithms[algorithm]().Size() {
			return bad()
		}
		if !plainPath(path) || strings.HasPrefix(path, "data/") != payload {
			return portfolio.E(portfolio.Invalid, "error.bundle.name", "Name", shown(path))
		}
		if was := b.sums[path][algorithm]; was != "" && (b.strict || was != sum) {
			return portfolio.E(portfolio.Invalid, "error.bundle.duplicate", "Name", shown(path))
		}
		if b.sums[path] == nil {
			b.sums[path] = map[string]string{}
		}
		b.sums[path][algorithm] = sum
	}
	return nil
}

// plainPath tells whether a path of a manifest stays inside the bag on every
// computer.
func plainPath(p string) bool {
	return p != "" && !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "~") && !drive.MatchString(p) && !strings.Contains(p, `\`) &&
		!slices.Contains(strings.Split(p, "/"), "..")
}

// complete: every file of the payload is in a manifest, from 1.0 on in each of
// them.
func (b *bag) complete(manifests []string) error {
	for name := range b.files {
		if !strings.HasPrefix(name, "data/") {
			continue
		}
		if n := len(b.sums[name]); n == 0 || (b.strict && n < len(manifests)) {
			return portfolio.E(portfolio.Invalid, "error.bundle.extra_file", "Name", shown(name))
		}
	}
	return nil
}

// fetchList refuses a fetch.txt, or checks that it names nothing outside.
func (b *bag) fetchList() error {
	if _, ok := b.files["fetch.txt"]; !ok {
		return nil
	}
	if !b.rules.fetch {
		return portfolio.E(portfolio.Invalid, "error.bundle.fetch")
	}
	lines, err := b.lines("fetch.txt", maxManifest)
	if err != nil {
		return err
	}
	for _, line := range lines {
		parts := strings.SplitN(line, " ", 3)
		if len(parts) != 3 || !plainPath(parts[2]) || !strings.HasPrefix(parts[2], "data/") || b.sums[parts[2]] == nil {
			return portfolio.E(portfolio.Invalid, "error.bundle.fetch")
		}
	}
	return nil
}

var payloadOxum = regexp.MustCompile(`(?mi)^Payload-Oxum\s*:\s*([0-9]+)\.([0-9]+)\s*$`)

// oxum compares the size of the payload with what bag-info.txt says of it.
func (b *bag) oxum() error {
	if _, ok := b.files["bag-info.txt"]; !ok || len(b.lost) > 0 {
		return nil
	}
	lines, err := b.lines("bag-info.txt", maxTag)
	if err != nil {
		return err
	}
	m := payloadOxum.FindStringSubmatch(strings.Join(lines, "\n"))
	if m == nil {
		return nil
	}
	var octets, count int64
	for name, f := range b.files {
		if strings.HasPrefix(name, "data/") {
			octets, count = octets+f.size, count+1
		}
	}
	if fmt.Sprint(octets) != m[1] || fmt.Sprint(count) != m[2] {
		return portfolio.E(portfolio.Invalid, "error.bundle.bag", "Name", "bag-info.txt")
	}
	return nil
}

// hashAll hashes every file that is listed and was not hashed before.
func (b *bag) hashAll(ctx context.Context, tell func(int64) error) error {
	for _, name := range slices.Sorted(maps.Keys(b.sums)) {
		if b.hashed[name] {
			continue
		}
		err := b.hashOne(ctx, name, b.sums[name], tell)
		if b.rules.partial && strings.HasPrefix(name, "data/files/") && portfolio.KindOf(err) == portfolio.Invalid && err != nil {
			b.lost[name], err = true, nil
		}
		if err != nil {
			return err
		}
		b.hashed[name] = true
	}
	return nil
}

func (b *bag) hashOne(ctx context.Context, name string, want map[string]string, tell func(int64) error) error {
	f, ok := b.files[name]
	if !ok {
		return portfolio.E(portfolio.Invalid, "error.bundle.missing_file", "Name", shown(name))
	}
	r, err := f.open()
	if err != nil {
		return refuse(err, "error.bundle.damaged", "Name", shown(name))
	}
	defer r.Close()
	sums := map[string]hash.Hash{}
	var into []io.Writer
	for algorithm := range want {
		sums[algorithm] = b.rules.algorithms[algorithm]()
		into = append(into, sums[algorithm])
	}
	told := &tellWriter{tell: tell}
	n, err := io.Copy(io.MultiWriter(append(into, told)...), io.LimitReader(&ctxReader{ctx, r}, f.size+1))
	if told.err != nil {
		return told.err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || n != f.size {
		return refuse(err, "error.bundle.damaged", "Name", shown(name))
	}
	for algorithm, sum := range want {
		if hex.EncodeToString(sums[algorithm].Sum(nil)) != sum {
			return portfolio.E(portfolio.Invalid, "error.bundle.damaged", "Name", shown(name))
		}
	}
	return nil
}

type tellWriter struct {
	tell func(int64) error
	err  error
}

func (t *tellWriter) Write(p []byte) (int, error) {
	if t.err = t.tell(int64(len(p))); t.err != nil {
		return 0, t.err
	}
	return len(p), nil
}
