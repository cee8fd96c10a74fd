package export

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"

	"kaft/portfolio"
)

// Maker is the program that makes bundles.
type Maker struct {
	Instance string // the address of this Kaft, "" when it has none
	Version  string // of the program
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
	if err := a.document(schemaPath, func(w io.Writer) error { _, err := w.Write(schemaJSON); return err }); err != nil {
		return portfolio.Contents{}, err
	}
	if err := a.document("portfolio.json", func(w io.Writer) error { return d.write(ctx, w) }); err != nil {
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
	return portfolio.Contents{Name: name + ".portfolio.zip", Items: d.head.Counts.Items, Private: d.private, Assessments: d.head.Counts.Assessments,
			Files: d.head.Counts.Files, Bytes: d.head.Counts.Bytes, Omitted: d.head.Omitted},
		a.seal([][2]string{{"Source-Organization", v.School.Name}, {"External-Identifier", d.head.ID},
			{"Bag-Software-Agent", "Kaft " + m.Version}})
}

// documentWriter writes portfolio.json, one element at a time.
type documentWriter struct {
	*outgoing
	at      time.Time
	bundle  *portfolio.Bundle
	maker   Maker
	tell    func(portfolio.Headway) error
	enc     *jsontext.Encoder
	head    Head
	frame   map[string]jsontext.Value // the document without the elements of its lists
	done    int
	private int // works that nobody but the student sees
}

func (d *documentWriter) write(ctx context.Context, w io.Writer) error {
	d.enc = jsontext.NewEncoder(w, jsontext.WithIndent(" "))
	d.frame = map[string]jsontext.Value{}
	if err := d.enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, kv := range [][2]string{{"$schema", schemaPath}, {"format", Format}, {"formatVersion", Version}} {
		if err := d.member(kv[0], kv[1]); err != nil {
			return err
		}
	}
	for _, part := range []func(context.Context) error{
		d.student, d.schools, d.works, d.assessments, d.kept, d.persons, d.fileList, d.extensions, d.about,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	if err := d.enc.WriteToken(jsontext.EndObject); err != nil {
		return err
	}
	frame, err := json.Marshal(d.frame)
	if err != nil {
		return err
	}
	return conforms("", frame)
}

// member writes a member that is no list.
func (d *documentWriter) member(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if single[name] {
		if err := conforms(name, raw); err != nil {
			return err
		}
	}
	d.frame[name] = raw
	return errors.Join(d.enc.WriteToken(jsontext.String(name)), d.enc.WriteValue(raw))
}

// list writes a member that is a list; fill gives its elements to add.
func (d *documentWriter) list(name string, fill func(add func(v any) error) error) error {
	d.frame[name] = jsontext.Value("[]")
	if err := errors.Join(d.enc.WriteToken(jsontext.String(name)), d.enc.WriteToken(jsontext.BeginArray)); err != nil {
		return err
	}
	err := fill(func(v any) error {
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := conforms(name, raw); err != nil {
			return err
		}
		return d.enc.WriteValue(raw)
	})
	if err != nil {
		return err
	}
	return d.enc.WriteToken(jsontext.EndArray)
}

func (d *documentWriter) student(ctx context.Context) error {
	p := d.v.Student
	var s Student
	for k, err := range d.v.Kept(ctx, "student", true) {
		if err != nil {
			return err
		}
		if k.Name == d.self {
			if err := json.Unmarshal(k.Raw, &s); err != nil {
				return err
			}
		}
	}
	s.Photo = "" // its file is not kept
	s.ID, s.Name, s.BirthDate = d.self, p.Name, p.Birth.String()
	return d.member("student", s)
}

// schools writes the schools and the times in classes, of here and of before.
func (d *documentWriter) schools(ctx context.Context) error {
	here := School{ID: urn(d.v.School.ID), Name: d.v.School.Name}
	if d.v.School.BRIN != "" {
		here.Identifiers = []Identifier{{Type: "brin-vestiging", Value: d.v.School.BRIN}}
	}
	err := d.list("schools", func(add func(any) error) error {
		return errors.Join(add(here), d.labels(ctx, "schools", here.ID, add))
	})
	if err != nil {
		return err
	}
	enrolments, told, err := d.v.Enrolments(ctx)
	if err != nil || !told {
		return err
	}
	return d.list("enrolments", func(add func(any) error) error {
		if err := d.labels(ctx, "enrolments", "", add); err != nil {
			return err
		}
		for _, e := range enrolments {
			out := Enrolment{ID: urn(e.ID), School: here.ID, SchoolYear: e.Class.Year, Level: e.Class.Level, Group: e.Class.Name,
				From: e.From.String(), Until: e.Until.String()}
			if err := add(out); err != nil {
				return err
			}
		}
		return nil
	})
}

// labels writes what came along of a member and opens with what refers to it.
func (d *documentWriter) labels(ctx context.Context, section, but string, add func(any) error) error {
	for k, err := range d.v.Kept(ctx, section, true) {
		if err != nil {
			return err
		}
		if k.Name == but {
			continue
		}
		if err := add(jsontext.Value(k.Raw)); err != nil {
			return err
		}
	}
	return nil
}

// works writes items and reflections. Which go along is settled first, so that
// each can refer to any other.
func (d *documentWriter) works(ctx context.Context) error {
	var items, reflections []string
	for w, err := range d.v.Works(ctx) {
		if err != nil {
			return err
		}
		d.include(w)
		if w.Type == portfolio.TypeReflection {
			reflections = append(reflections, w.ID)
		} else {
			items = append(items, w.ID)
		}
	}
	for k, err := range d.v.Kept(ctx, "files", true) {
		if err != nil {
			return err
		}
		var f File
		if err := json.Unmarshal(k.Raw, &f); err != nil {
			return err
		}
		d.keptFile[f.ID] = f
	}
	for _, part := range []struct {
		name string
		ids  []string
	}{{"items", items}, {"reflections", reflections}} {
		err := d.list(part.name, func(add func(any) error) error {
			for _, id := range part.ids {
				if err := d.work(ctx, id, part.name == "reflections", add); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *documentWriter) work(ctx context.Context, id string, reflection bool, add func(any) error) error {
	w, err := d.v.Work(ctx, id)
	if portfolio.KindOf(err) == portfolio.NotFound || (err == nil && (w.Type == portfolio.TypeReflection) != reflection) {
		return portfolio.E(portfolio.Conflict, "error.bundle.changed")
	}
	if err != nil {
		return err
	}
	it, err := d.item(ctx, w)
	if err != nil {
		return err
	}
	d.head.Counts.Items++
	if len(w.Audience) == 0 {
		d.private++
	}
	return errors.Join(add(it), d.step())
}

// step says that one more thing is done.
func (d *documentWriter) step() error {
	d.done++
	return d.tell(portfolio.Headway{Step: portfolio.StepData, Done: d.done})
}

func (d *documentWriter) assessments(ctx context.Context) error {
	return d.list("assessments", func(add func(any) error) error {
		for s, err := range d.v.Assessments(ctx) {
			if err != nil {
				return err
			}
			out, err := d.assessment(ctx, s)
			if err != nil {
				return err
			}
			d.in[out.ID] = true
			d.head.Counts.Assessments++
			if err := errors.Join(add(out), d.step()); err != nil {
				return err
			}
		}
		return nil
	})
}

// keptLists are the members that Kaft has no place for: they go out as they
// came in.
var keptLists = []string{"frameworks", "collections", "comments", "consents", "guardians"}

// kept writes them, each decided by the rule, without what refers to something
// that stays out.
func (d *documentWriter) kept(ctx context.Context) error {
	for _, section := range keptLists {
		var some []jsontext.Value
		for k, err := range d.v.Kept(ctx, section, section == "frameworks") {
			if err != nil {
				return err
			}
			if raw := jsontext.Value(k.Raw); d.resolves(section, raw) {
				some = append(some, raw)
				d.in[k.Name] = true
			}
		}
		if len(some) == 0 {
			continue
		}
		err := d.list(section, func(add func(any) error) error {
			for _, raw := range some {
				if err := add(raw); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	var last jsontext.Value
	for k, err := range d.v.Kept(ctx, "inspection", false) {
		if err != nil {
			return err
		}
		last = jsontext.Value(k.Raw)
	}
	if last == nil || !d.resolves("inspection", last) {
		return nil
	}
	return d.member("inspection", last)
}

// resolves tells whether everything an element refers to goes along, and asks
// for the people in it.
func (d *documentWriter) resolves(section string, raw jsontext.Value) bool {
	refs := referencesOf(section, raw)
	for _, r := range refs {
		if r.to == toObject && !d.in[r.id] || r.to == toFile && d.files[r.id] == nil {
			return false
		}
	}
	for _, r := range refs {
		if r.to == toPerson {
			d.want(r.id, nil)
		}
	}
	return true
}

// persons writes a label for everybody who is referred to. Other children have
// no name, whatever an earlier bundle called them.
func (d *documentWriter) persons(ctx context.Context) error {
	maker := d.pseudonym(d.v.Maker.ID)
	if d.v.Maker.ID == d.v.Student.ID {
		maker = d.self
	} else {
		d.people[maker] = Person{ID: maker, Kind: "guardian", Name: d.v.Maker.Name.Full()}
	}
	d.head.RequestedBy = maker
	return d.list("people", func(add func(any) error) error {
		for k, err := range d.v.Kept(ctx, "people", true) {
			if err != nil {
				return err
			}
			if _, ok := d.wanted[k.Name]; !ok || d.people[k.Name].ID != "" {
				continue
			}
			var p Person
			if err := json.Unmarshal(k.Raw, &p); err != nil {
				return err
			}
			if p.Kind == "peer" {
				p = Person{ID: p.ID, Kind: "peer", Name: "medeleerling", Redacted: true}
			}
			d.people[p.ID] = p
		}
		for id, label := range d.wanted {
			if d.people[id].ID == "" {
				d.people[id] = Person{ID: id, Kind: "external", Name: label}
			}
		}
		for _, id := range sortedKeys(d.people) {
			if err := add(d.people[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *documentWriter) fileList(context.Context) error {
	return d.list("files", func(add func(any) error) error {
		for _, id := range d.order {
			f := d.files[id]
			d.head.Counts.Files++
			d.head.Counts.Bytes += f.Bytes
			if err := add(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// extensions writes the members of earlier documents that nobody knew.
func (d *documentWriter) extensions(ctx context.Context) error {
	all := map[string]jsontext.Value{}
	for k, err := range d.v.Kept(ctx, "extensions", false) {
		if err != nil {
			return err
		}
		all[k.Name] = jsontext.Value(k.Raw)
	}
	if len(all) == 0 {
		return nil
	}
	return d.member("extensions", all)
}

// about is the bundle's own member, last because it counts.
func (d *documentWriter) about(context.Context) error {
	c := d.head.Counts
	d.head = Head{ID: urn(d.bundle.ID), Kind: d.bundle.Kind, CreatedAt: d.at, Language: d.bundle.Lang, Generator: Generator{"Kaft", cmp.Or(d.maker.Version, "devel")},
		Source: Source{Instance: d.maker.Instance, School: urn(d.v.School.ID)}, RequestedBy: d.head.RequestedBy, Omitted: d.v.Omitted(), Counts: c}
	return d.member("bundle", d.head)
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

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
