package export

import (
	"context"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kaft/portfolio"
)

// Maker is the program that makes bundles.
type Maker struct {
	Instance string                  // the address of this Kaft, "" when it has none
	Version  string                  // of the program
	Chat     portfolio.Conversations // nil when it knows of none
}

// Write streams a bundle of the portfolio to w: the document, which is checked
// against its schema on the way, the files, the manifests. It is a
// portfolio.Packer. When it returns an error what was written is no zip.
// Error kinds: Conflict (a work vanished meanwhile; or stopped by tell).
func (m Maker) Write(ctx context.Context, v *portfolio.Leaving, b *portfolio.Bundle, w io.Writer, tell func(portfolio.Headway) error) (portfolio.Contents, error) {
	at := v.Now()
	name := "portfolio-" + slug(v.Student.Name.Short()) + "-" + portfolio.DateOf(at).String()
	d := &documentWriter{outgoing: newOutgoing(v), at: at, bundle: b, maker: m, tell: tell}
	a, err := newArchive(w, name, at)
	if err != nil {
		return portfolio.Contents{}, err
	}
	if d.signer, err = newSigner(ctx, v); err != nil {
		return portfolio.Contents{}, err
	}
	if err := a.document(schemaPath, func(w io.Writer) error { _, err := w.Write(schemaJSON); return err }); err != nil {
		return portfolio.Contents{}, err
	}
	doc, err := newSpool()
	if err != nil {
		return portfolio.Contents{}, err
	}
	defer doc.Close()
	defer d.close()
	if err := a.document("portfolio.json", func(w io.Writer) error { return d.writeTwice(ctx, w, doc) }); err != nil {
		return portfolio.Contents{}, err
	}
	if err := d.copyStreams(ctx, a); err != nil {
		return portfolio.Contents{}, err
	}
	if err := (&projection{d, doc, a}).write(ctx); err != nil {
		return portfolio.Contents{}, err
	}
	if err := d.copyFiles(ctx, a); err != nil {
		return portfolio.Contents{}, err
	}
	if err := tell(portfolio.Headway{Step: portfolio.StepSeal}); err != nil {
		return portfolio.Contents{}, err
	}
	texts, err := readingMatter(b.Lang, d)
	if err != nil {
		return portfolio.Contents{}, err
	}
	for _, t := range texts {
		if err := a.tag(t.name, t.text); err != nil {
			return portfolio.Contents{}, err
		}
	}
	keys, err := WriteKeys(m.Instance, d.signer.school)
	if err != nil {
		return portfolio.Contents{}, err
	}
	if err := a.tag(keysFile, string(keys)); err != nil {
		return portfolio.Contents{}, err
	}
	return portfolio.Contents{Name: name + ".portfolio.zip", Items: d.head.Counts.Items, Private: d.private, Assessments: d.head.Counts.Assessments,
			Files: d.head.Counts.Files, Bytes: d.head.Counts.Bytes, Omitted: withoutTalks(d.head.Omitted)},
		a.seal([][2]string{{"Source-Organization", v.School.Name}, {"External-Identifier", d.head.ID},
			{"Bag-Software-Agent", "Kaft " + m.Version}}, func(text string) (string, error) { return d.signer.signature(text, d.head.ID, at) })
}

func (d *documentWriter) copyFiles(ctx context.Context, a *archive) error {
	p := portfolio.Headway{Step: portfolio.StepFiles, Total: d.head.Counts.Files, TotalBytes: d.head.Counts.Bytes}
	if err := d.tell(p); err != nil {
		return err
	}
	for _, id := range d.order {
		if err := d.copyFile(ctx, a, id, &p); err != nil {
			return err
		}
		p.Done++
		if err := d.tell(p); err != nil {
			return err
		}
	}
	return nil
}

func (d *documentWriter) copyFile(ctx context.Context, a *archive, id string, p *portfolio.Headway) error {
	r, err := d.v.Open(ctx, d.sources[id])
	if err != nil {
		return err
	}
	defer r.Close()
	return a.file(ctx, d.files[id], d.sources[id].CRC32, &toldReader{r, p, d.tell})
}

// toldReader tells how many bytes went by.
type toldReader struct {
	r    io.Reader
	p    *portfolio.Headway
	tell func(portfolio.Headway) error
}

func (t *toldReader) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	t.p.Bytes += int64(n)
	if e := t.tell(*t.p); e != nil {
		return n, e
	}
	return n, err
}

// slug is a name as part of a file name that every computer takes.
func slug(name string) string {
	var out []rune
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out = append(out, r)
		case unicode.IsSpace(r) || r == '-':
			out = append(out, '-')
		}
	}
	s := strings.Trim(string(out), "-")
	if s == "" {
		return "leerling"
	}
	return s[:min(len(s), 40)]
}
