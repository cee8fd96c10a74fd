package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// KindLeap2A is the kind of what came as Leap2A: a zip with leap2a.xml and
// files, or leap2a.xml alone. Nobody signed it, and nothing in it says that it
// is whole.
const KindLeap2A = "leap2a"

// leapSource is a Leap2A file that is read in the place of a bundle. It is made
// into the elements of a document once, and from there on everything goes as
// with a bundle: the schema, the plan, the import.
type leapSource struct {
	elements *spool
	gone     []string // what it refers to and does not have: paths
}

// openBare opens what may be a leap2a.xml without a zip around it.
func openBare(r io.ReaderAt, size int64) (*Bundle, bool) {
	head := make([]byte, 512)
	n, _ := r.ReadAt(head, 0)
	if !bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("<")) {
		return nil, false
	}
	return &Bundle{leap: new(leapSource), files: map[string]bagFile{leapPath: {size: size, open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(r, 0, size)), nil
	}}}}, true
}

// findLeap2A finds leap2a.xml in the root of a zip, or in a folder of it.
func findLeap2A(entries []entry) (base string, found bool) {
	for _, e := range entries {
		dir := strings.TrimSuffix(e.name, leapPath)
		if path.Base(e.name) == leapPath && strings.Count(dir, "/") <= 2 && (!found || len(dir) < len(base)) {
			base, found = dir, true
		}
	}
	return base, found
}

// Close forgets what was made of a Leap2A file; a bundle holds nothing.
func (b *Bundle) Close() error {
	if b.leap == nil || b.leap.elements == nil {
		return nil
	}
	s := b.leap.elements
	b.leap.elements = nil
	return s.Close()
}

// verifyLeap2A reads a Leap2A file and checks what was made of it as a
// document is.
func (b *Bundle) verifyLeap2A(ctx context.Context, tell func(portfolio.Headway) error) (*Verified, error) {
	if err := b.translate(ctx, tell); err != nil {
		return nil, err
	}
	v := &Verified{Bundle: b, names: map[string]string{}, files: map[string]File{}, lost: map[string]string{}}
	if err := v.readAll(ctx, tell); err != nil {
		return nil, err
	}
	v.From.Kind, v.From.Missing = KindLeap2A, b.leap.gone
	return v, nil
}

// feed reads leap2a.xml.
func (b *Bundle) feed(ctx context.Context, entry func(*leapItem) error) (*leapHead, error) {
	f := b.files[leapPath]
	if f.size > maxFeed {
		return nil, portfolio.E(portfolio.TooLarge, "error.too_large", "Name", leapPath, "Size", f.size, "Max", int64(maxFeed))
	}
	r, err := f.open()
	if err != nil {
		return nil, refuse(err, "error.bundle.damaged", "Name", leapPath)
	}
	defer r.Close()
	head, err := readFeed(&ctxReader{ctx, r}, entry)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return head, err
}

// translate makes the elements. It reads the file twice: first for what there
// is and who refers to whom, then to write. In between it hashes the files that
// are referred to, and only those.
func (b *Bundle) translate(ctx context.Context, tell func(portfolio.Headway) error) error {
	if err := b.Close(); err != nil {
		return err
	}
	x := &leapIndex{bundle: b, nodes: map[string]*leapNode{}, files: map[string]*leapFile{}, notes: map[string]bool{}}
	head, err := b.feed(ctx, x.add)
	if err != nil {
		return err
	}
	if len(b.files)-1 > len(x.files) {
		x.notes["bundle.note.leap2a.files"] = true
	}
	if err := x.hash(ctx, tell); err != nil {
		return err
	}
	x.resolve(head.author)
	s, err := newSpool()
	if err != nil {
		return err
	}
	b.leap.elements = s
	kept, err := s.writer()
	if err != nil {
		return err
	}
	w := &leapWriter{leapIndex: x, head: head, enc: jsontext.NewEncoder(kept), people: map[string]bool{}, written: map[string]bool{}}
	if err := w.begin(); err != nil {
		return err
	}
	if _, err := b.feed(ctx, w.entry); err != nil {
		return err
	}
	if err := w.end(); err != nil {
		return err
	}
	b.leap.gone = slices.Sorted(maps.Keys(x.gone))
	b.notes = append(b.notes, slices.Sorted(maps.Keys(x.notes))...)
	return kept.Close()
}

// eachOf reads the elements that were made.
func (l *leapSource) eachOf(ctx context.Context, checked bool, visit func(element) error) error {
	r, err := l.elements.reader(ctx)
	if err != nil {
		return err
	}
	d := newReader(r)
	d.checked = checked
	for {
		member, err := d.dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := member.String()
		raw, err := d.value()
		if err != nil {
			return explain(err)
		}
		if err := d.conforms(name, raw); err != nil {
			return explain(err)
		}
		if err := visit(element{member: name, raw: raw}); err != nil {
			return err
		}
	}
}

// leapFile is a file beside leap2a.xml.
type leapFile struct {
	path, sum string
	size      int64
}

// find looks a link up among the files of the zip: as it stands there, and as
// programs write it that quote spaces or do not. Nothing else is ever opened, so
// an address, or a way out of the zip, is only a file that is not there.
func (x *leapIndex) find(href string) *leapFile {
	ways := []string{href}
	for _, unquote := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
		if way, err := unquote(href); err == nil {
			ways = append(ways, way)
		}
	}
	for _, way := range ways {
		way = strings.TrimPrefix(way, "./")
		if way == leapPath {
			continue
		}
		if f := x.files[way]; f != nil {
			return f
		}
		if in, ok := x.bundle.files[way]; ok {
			f := &leapFile{path: way, size: in.size}
			x.files[way] = f
			return f
		}
	}
	return nil
}

// hash computes what the files are called by. One that is empty, or damaged in
// the zip, counts as missing.
func (x *leapIndex) hash(ctx context.Context, tell func(portfolio.Headway) error) error {
	p := portfolio.Headway{Step: StepHash, Total: len(x.files)}
	for _, f := range x.files {
		p.TotalBytes += f.size
	}
	if err := tell(p); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(x.files)) {
		f := x.files[name]
		sum, err := x.sum(ctx, f, &p, tell)
		if err != nil {
			return err
		}
		if f.sum = sum; sum != "" {
			x.bundle.files["data/"+f.stored()] = x.bundle.files[f.path]
		}
		p.Done++
	}
	return nil
}

func (x *leapIndex) sum(ctx context.Context, f *leapFile, p *portfolio.Headway, tell func(portfolio.Headway) error) (string, error) {
	r, err := x.bundle.files[f.path].open()
	if err != nil || f.size == 0 {
		return "", nil
	}
	defer r.Close()
	h := sha256.New()
	told := &tellWriter{tell: func(n int64) error {
		p.Bytes += n
		return tell(*p)
	}}
	n, err := io.Copy(io.MultiWriter(h, told), io.LimitReader(&ctxReader{ctx, r}, f.size+1))
	switch {
	case told.err != nil:
		return "", told.err
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil || n != f.size:
		return "", nil
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// id and stored are what the document calls a file, and where it has it.
func (f *leapFile) id() string     { return "sha256:" + f.sum }
func (f *leapFile) stored() string { return "files/" + f.sum + "." + extension(f.path) }

// put writes an element.
func (w *leapWriter) put(member string, x any) error {
	raw, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if err := w.enc.WriteToken(jsontext.String(member)); err != nil {
		return err
	}
	return w.enc.WriteValue(raw)
}
