package export

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// Steps of reading a bundle.
const (
	StepHash     = "hash"     // every hash
	StepDocument = "document" // the document
	StepStore    = "store"    // put what it brings in the store
)

// Verified is a bundle that is whole: every hash is right, and its document is
// as the schema says, with nothing in it that leads nowhere.
type Verified struct {
	*Bundle
	From        portfolio.Sender
	self        string            // the student's id
	school      string            // the sending school's id
	requestedBy string            // the id of who asked for it
	names       map[string]string // of people, by id
	files       map[string]File   // by id
	lost        map[string]string // of files that are missing or damaged: the names, by id
	sums        map[string]map[string]string
	judged      map[string]judged // what proves the assessments, by id

	talks    *Stream // messages that are kept; nil when there are none
	messages int
}

// Verify hashes everything in the bundle and reads its document. Nothing is
// written. Error kind: Invalid; an error of tell ends the work.
func (b *Bundle) Verify(ctx context.Context, tell func(portfolio.Headway) error) (*Verified, error) {
	if b.leap != nil {
		return b.verifyLeap2A(ctx, tell)
	}
	p := portfolio.Headway{Step: StepHash, Total: len(b.files)}
	for _, f := range b.files {
		p.TotalBytes += f.size
	}
	if err := tell(p); err != nil {
		return nil, err
	}
	signature, err := b.signature()
	if err != nil {
		return nil, err
	}
	bag, err := checkBag(ctx, b.files, bundleRules, func(n int64) error {
		p.Bytes += n
		return tell(p)
	})
	if err != nil {
		return nil, err
	}
	v := &Verified{Bundle: b, names: map[string]string{}, files: map[string]File{}, lost: map[string]string{}, sums: bag.sums}
	if b.lost = bag.lost; len(b.lost) > maxLost {
		return nil, portfolio.E(portfolio.Invalid, "error.bundle.lost", "Max", maxLost)
	}
	if err := v.readAll(ctx, tell); err != nil {
		return nil, err
	}
	v.From.Signature = signature
	return v, nil
}

// maxLost is how many files of works may be missing or damaged for the rest to
// be of use.
const maxLost = 1000

// reread reads the document of a bundle that was verified before, without
// hashing everything again; lost is what was then found missing.
func (b *Bundle) reread(ctx context.Context, lost []string) (*Verified, error) {
	if b.leap != nil {
		return b.verifyLeap2A(ctx, func(portfolio.Headway) error { return nil })
	}
	b.lost = map[string]bool{}
	for _, path := range lost {
		b.lost[path] = true
	}
	v := &Verified{Bundle: b, names: map[string]string{}, files: map[string]File{}, lost: map[string]string{}}
	return v, v.readAll(ctx, func(portfolio.Headway) error { return nil })
}

// document opens portfolio.json.
func (b *Bundle) document(ctx context.Context) (io.ReadCloser, error) {
	f, ok := b.files["data/portfolio.json"]
	if !ok {
		return nil, portfolio.E(portfolio.Invalid, "error.bundle.no_document")
	}
	if f.size > maxDocument {
		return nil, portfolio.E(portfolio.TooLarge, "error.too_large", "Name", "portfolio.json", "Size", f.size, "Max", int64(maxDocument))
	}
	r, err := f.open()
	if err != nil {
		return nil, refuse(err, "error.bundle.damaged", "Name", "portfolio.json")
	}
	return struct {
		io.Reader
		io.Closer
	}{&ctxReader{ctx, r}, r}, nil
}

// each reads the document's elements; checked when that was done before.
func (b *Bundle) each(ctx context.Context, checked bool, visit func(element) error) error {
	if b.leap != nil {
		return b.leap.eachOf(ctx, checked, visit)
	}
	r, err := b.document(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	return readDocument(r, checked, visit)
}

func (v *Verified) readAll(ctx context.Context, tell func(portfolio.Headway) error) error {
	version, err := v.version(ctx)
	if err != nil {
		return err
	}
	c := &census{Verified: v, is: map[reference]bool{}, asked: map[reference]bool{}, schools: map[string]string{}, works: map[string]bound{}}
	p := portfolio.Headway{Step: StepDocument}
	err = v.each(ctx, false, func(e element) error {
		p.Done++
		if err := tell(p); err != nil {
			return err
		}
		return c.visit(e)
	})
	if err != nil {
		return err
	}
	for r := range c.asked {
		if !c.is[r] {
			return refuse(errRefers, "error.bundle.reference", "Name", shown(r.id))
		}
	}
	if err := c.checkStreams(ctx); err != nil {
		return err
	}
	if err := c.settle(version); err != nil {
		return err
	}
	return v.judge(ctx, c.works)
}

// version is the document's; what is made of a Leap2A file has this one.
func (b *Bundle) version(ctx context.Context) (string, error) {
	if b.leap != nil {
		return Version, nil
	}
	r, err := b.document(ctx)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return checkVersion(r)
}

// census counts what is in a document and whether it hangs together.
type census struct {
	*Verified
	head    Head
	student Student
	is      map[reference]bool // what there is
	asked   map[reference]bool // what is referred to
	schools map[string]string
	works   map[string]bound // what is in each, for the proofs of assessments
	streams []Stream
	items   int
	judged  int
	bytes   int64
	said    jsontext.Value // the block inspection
}

func (c *census) visit(e element) error {
	var err error
	switch e.member {
	case "bundle":
		err = json.Unmarshal(e.raw, &c.head)
	case memberStudent:
		if err = json.Unmarshal(e.raw, &c.student); err == nil {
			c.self = c.student.ID
			err = c.define(toPerson, c.student.ID)
		}
	case "people":
		var p Person
		if err = json.Unmarshal(e.raw, &p); err == nil {
			c.names[p.ID] = p.Name
			if p.Redacted {
				c.names[p.ID] = ""
			}
			err = c.define(toPerson, p.ID)
		}
	case "schools":
		var s School
		if err = json.Unmarshal(e.raw, &s); err == nil {
			c.schools[s.ID] = s.Name
			err = c.define(toSchool, s.ID)
		}
	case "frameworks":
		err = c.goals(e)
	case "files":
		err = c.file(e)
	case "items", "reflections":
		var it Item
		if err = json.Unmarshal(e.raw, &it); err == nil {
			c.works[it.ID] = boundOf(&it)
			err = c.object(e)
		}
	case "assessments", "comments", "collections":
		err = c.object(e)
	case "inspection":
		c.said = slices.Clone(e.raw)
	case "streams":
		var s Stream
		if err = json.Unmarshal(e.raw, &s); err == nil {
			c.streams = append(c.streams, s)
		}
		if len(c.streams) > maxStreams {
			err = errLong
		}
	case "too long":
		c.note("bundle.note.long")
	}
	if err != nil {
		return err
	}
	if definitions[e.member] == "" {
		return nil
	}
	for _, r := range referencesOf(e.member, e.raw) {
		c.asked[r] = true
	}
	if len(c.asked) > maxIDs {
		return errLong
	}
	return nil
}

// define notes that an id is there, once.
func (c *census) define(to target, id string) error {
	r := reference{to, id}
	if c.is[r] && !(to == toPerson && id == c.self) {
		return portfolio.E(portfolio.Invalid, "error.bundle.duplicate", "Name", shown(id))
	}
	if c.is[r] = true; len(c.is) > maxIDs {
		return errLong
	}
	return nil
}

func (c *census) goals(e element) error {
	var f struct {
		Goals []struct {
			ID string `json:"id"`
		} `json:"goals"`
	}
	if err := json.Unmarshal(e.raw, &f); err != nil {
		return err
	}
	for _, g := range f.Goals {
		if err := c.define(toGoal, g.ID); err != nil {
			return err
		}
	}
	return nil
}

func (c *census) object(e element) error {
	var it struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(e.raw, &it); err != nil {
		return err
	}
	switch e.member {
	case "items", "reflections":
		c.items++
	case "assessments":
		c.judged++
	}
	return c.define(toObject, it.ID)
}

// file checks that a file is in the bundle under its hash, and that the
// manifest, by which its bytes were hashed, has the same.
func (c *census) file(e element) error {
	var f File
	if err := json.Unmarshal(e.raw, &f); err != nil {
		return err
	}
	in, ok := c.Bundle.files["data/"+f.Path]
	if c.Bundle.lost["data/"+f.Path] {
		c.Verified.lost[f.ID] = f.Name
		return c.define(toFile, f.ID)
	}
	if !ok {
		return portfolio.E(portfolio.Invalid, "error.bundle.missing_file", "Name", shown(f.Name))
	}
	sum := c.sums["data/"+f.Path]["sha256"] // "" where the manifest has another algorithm: then storing it will tell
	if f.ID != "sha256:"+f.SHA256 || (sum != "" && sum != f.SHA256) || !strings.HasPrefix(f.Path, "files/"+f.SHA256+".") || in.size != f.Bytes {
		return portfolio.E(portfolio.Invalid, "error.bundle.damaged", "Name", shown(f.Name))
	}
	c.Verified.files[f.ID] = f
	c.bytes += f.Bytes
	return c.define(toFile, f.ID)
}

func (c *census) note(key string) {
	for _, n := range c.notes {
		if n == key {
			return
		}
	}
	c.notes = append(c.notes, key)
}

// settle says what the bundle is.
func (c *census) settle(version string) error {
	birth, err := portfolio.ParseBirth(c.student.BirthDate)
	if err != nil {
		return refuse(err, "error.bundle.schema", "Where", "student/birthDate")
	}
	c.Verified.school, c.Verified.requestedBy = c.head.Source.School, c.head.RequestedBy
	c.From = portfolio.Sender{Bundle: bare(c.head.ID), Kind: c.head.Kind, Version: version, MadeAt: c.head.CreatedAt,
		Generator: strings.TrimSpace(c.head.Generator.Name + " " + c.head.Generator.Version), Instance: c.head.Source.Instance,
		School: c.schools[c.head.Source.School], Portfolio: bare(c.student.ID), Name: c.student.Name, Birth: birth,
		Missing:  slices.Sorted(maps.Keys(c.Bundle.lost)),
		Contents: portfolio.Contents{Items: c.items, Assessments: c.judged, Files: len(c.Verified.files), Bytes: c.bytes, Omitted: c.head.Omitted},
		Notes:    c.notes}
	if c.talks != nil && c.requestedBy != c.self {
		c.From.TalksOf = cmp.Or(c.names[c.requestedBy], "?")
	}
	if c.said != nil {
		c.From.Said, c.From.SaidKind = inspected(c.said, c.names)
	}
	return nil
}
