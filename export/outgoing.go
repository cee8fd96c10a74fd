package export

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"kaft/portfolio"
)

// Kaft's own scale of four steps.
const scale = "urn:kaft:scale:1-4"

// steps are the names of the scale's levels, from 1.
var steps = []string{"begin", "bijna", "behaald", "ruim"}

// outgoing turns a portfolio into the elements of the document. It remembers
// what was put in, so that everything that is referred to is there.
type outgoing struct {
	v        *portfolio.Leaving
	self     string            // the student's id in the document
	in       map[string]bool   // ids of works, reflections and assessments in the document
	links    map[string]Link   // works in the document, by their id here
	people   map[string]Person // those of this school who are referred to
	wanted   map[string]string // ids of people who are referred to: a label in case nobody knows them
	files    map[string]*File  // by id
	sources  map[string]portfolio.File
	order    []string // of files
	keptFile map[string]File
	toSign   map[string]toSign // assessments, by their id in the document
}

func newOutgoing(v *portfolio.Leaving) *outgoing {
	return &outgoing{v: v, self: urn(cmp.Or(v.Student.Portfolio, v.Student.ID)), in: map[string]bool{}, links: map[string]Link{}, people: map[string]Person{},
		wanted: map[string]string{}, files: map[string]*File{}, sources: map[string]portfolio.File{}, keptFile: map[string]File{}, toSign: map[string]toSign{}}
}

// include notes that a work goes along, before anything refers to it.
func (o *outgoing) include(w *portfolio.Work) {
	l := Link{"item", urn(o.v.ObjectID("work", w.ID, w.Origin))}
	if w.Type == portfolio.TypeReflection {
		l.Type = "reflection"
	}
	o.links[w.ID], o.in[l.ID] = l, true
}

// item is a work as an element of items, or of reflections.
func (o *outgoing) item(ctx context.Context, w *portfolio.Work) (*Item, error) {
	base, err := o.cameAs(ctx, w)
	if err != nil {
		return nil, err
	}
	it := content(w, base)
	it.ID = urn(o.v.ObjectID("work", w.ID, w.Origin))
	o.authors(it, w, base)
	o.about(it, w, base)
	versions, err := o.v.Versions(ctx, w)
	if err != nil {
		return nil, err
	}
	it.History = base.History
	for _, x := range versions {
		known := slices.ContainsFunc(base.History, func(r Revision) bool { return r.Revision == x.Work.Version })
		if x.Work.Version < w.Version && !known { // else it came along with a later state
			it.History = append(it.History, Revision{x.Work.Version, x.Work.UpdatedAt.UTC(), o.self, hexSum([]byte(x.Work.Text))})
		}
	}
	for i := range w.Depicted {
		id := urn(portfolio.DeriveID("depicted", o.self, it.ID, strconv.Itoa(i)))
		it.Depicted = append(it.Depicted, Depicted{id, w.Depicted[i].Consent})
		o.people[id] = Person{ID: id, Kind: "peer", Name: fmt.Sprintf("medeleerling %d", i+1), Redacted: true}
	}
	o.attach(it, w.Files)
	it.Missing = w.Missing
	it.Visibility = visibility(w.Audience)
	if w.Origin != nil {
		it.Origin = &Origin{w.Origin.Source, w.Origin.School, w.Origin.Audience}
	}
	it.Extensions, err = moveUnknown(base.Unknown, base.Extensions)
	return it, err
}

// cameAs is the element a work came in as, or an empty one.
func (o *outgoing) cameAs(ctx context.Context, w *portfolio.Work) (*Item, error) {
	base := new(Item)
	if w.Origin == nil {
		return base, nil
	}
	k, err := o.v.KeptAs(ctx, "work", cmp.Or(w.Source, w.ID))
	if err != nil || k == nil {
		return base, err
	}
	return base, json.Unmarshal(k.Raw, base)
}

// content is what somebody made of a work: what its fingerprint is of. What
// came in a bundle and was not changed here is as it came.
func content(w *portfolio.Work, base *Item) *Item {
	it := &Item{Title: w.Title, Prompt: base.Prompt, Goals: base.Goals, Tags: base.Tags, HappenedOn: w.HappenedOn.String(),
		CreatedAt: w.CreatedAt.UTC(), UpdatedAt: w.UpdatedAt.UTC(), Revision: w.Version, Status: "published", Restricted: w.Restricted}
	if w.Type != portfolio.TypeReflection {
		it.Type = cmp.Or(base.Type, "work")
	}
	if base.Title == "" && base.ID != "" && w.Title == madeTitle(base) {
		it.Title = ""
	}
	if w.Draft {
		it.Status = "draft"
	}
	it.Text, it.Subject = base.Text, base.Subject
	if plainText(base.Text) != w.Text {
		it.Text = &Text{"markdown", w.Text}
	}
	if madeSubject(base.Subject) != w.Subject {
		it.Subject = []string{w.Subject}
	}
	if w.Text == "" && plainText(base.Text) == "" {
		it.Text = nil
	}
	if w.Subject == "" {
		it.Subject = nil
	}
	for _, f := range w.Files {
		it.Files = append(it.Files, "sha256:"+f.SHA256)
	}
	return it
}

// authors: the student, or the labels that came along.
func (o *outgoing) authors(it *Item, w *portfolio.Work, base *Item) {
	them := []string{o.self}
	if w.Author != o.v.Student.ID {
		them = base.Authors
		if base.Author != "" {
			them = append([]string{base.Author}, them...)
		}
		for _, id := range them {
			o.want(id, w.Origin)
		}
	}
	if it.Type != "" {
		it.Authors = them
	} else if len(them) > 0 {
		it.Author = them[0]
	}
}

// want notes that somebody who is not of this school is referred to.
func (o *outgoing) want(id string, from *portfolio.Origin) {
	if id == o.self {
		return
	}
	if from != nil && o.wanted[id] == "" {
		o.wanted[id] = from.Author
	} else if _, ok := o.wanted[id]; !ok {
		o.wanted[id] = ""
	}
}

// about is what a look back looks at, as far as that goes along.
func (o *outgoing) about(it *Item, w *portfolio.Work, base *Item) {
	if l, ok := o.links[w.About]; ok {
		it.About = append(it.About, l)
	}
	for _, l := range base.About {
		if o.in[l.ID] && !slices.Contains(it.About, l) {
			it.About = append(it.About, l)
		}
	}
}

// attach registers a work's files. A file is in the bundle once, under the
// first name it is met by; where that is not its name, the item says which is.
func (o *outgoing) attach(it *Item, files []portfolio.File) {
	differs := false
	for _, f := range files {
		id := "sha256:" + f.SHA256
		if o.files[id] == nil {
			o.files[id] = &File{ID: id, Path: "files/" + f.SHA256 + "." + extension(f.Name), Name: f.Name, MediaType: f.Type, Bytes: f.Size,
				SHA256: f.SHA256, CRC32: fmt.Sprintf("%08x", f.CRC32), Alt: f.Alt, Unknown: o.keptFile[id].Unknown}
			o.sources[id] = f
			o.order = append(o.order, id)
		}
		differs = differs || o.files[id].Name != f.Name || o.files[id].Alt != f.Alt
		it.Labels = append(it.Labels, FileLabel{f.Name, f.Alt})
	}
	if !differs {
		it.Labels = nil
	}
}

var plainExtension = regexp.MustCompile(`\.([A-Za-z0-9]{1,8})$`)

// extension is a file's own, where it is plain: the family's computer opens a
// file by it.
func extension(name string) string {
	if m := plainExtension.FindStringSubmatch(name); m != nil {
		return strings.ToLower(m[1])
	}
	return "bin"
}

// visibility: the widest circle, and all of them.
func visibility(audience []string) *Visibility {
	v := &Visibility{Audience: "student", Audiences: audience}
	for _, widest := range [][2]string{
		{portfolio.ToSchool, "school"}, {portfolio.ToClassGuardians, "class"}, {portfolio.ToClass, "class"},
		{portfolio.ToGuardians, "guardians"}, {portfolio.ToStaff, "staff"},
	} {
		if slices.Contains(audience, widest[0]) {
			v.Audience = widest[1]
			break
		}
	}
	return v
}

// assessment is an assessment as an element of the document. One that came in
// a bundle goes out as it came.
func (o *outgoing) assessment(ctx context.Context, s *portfolio.Assessment) (*Assessment, error) {
	if s.Origin != nil {
		return o.importedAssessment(ctx, s)
	}
	out := judgement(s)
	out.ID, out.School = urn(s.ID), urn(o.v.School.ID)
	out.Credential = credentialPath(out.ID)
	sign := toSign{id: s.ID}
	if l, ok := o.links[s.Work]; ok {
		out.About, sign.work = []Link{l}, s.Work
	}
	o.toSign[out.ID] = sign
	name, err := o.v.NameOf(ctx, s.Author)
	if err != nil {
		return nil, err
	}
	out.Assessor = o.pseudonym(s.Author)
	o.people[out.Assessor] = Person{ID: out.Assessor, Kind: "teacher", Name: name}
	return out, nil
}

// judgement is what an assessment's fingerprint is of.
func judgement(s *portfolio.Assessment) *Assessment {
	out := &Assessment{About: []Link{}, On: portfolio.DateOf(s.PublishedAt).String(), CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
		PublishedAt: s.PublishedAt.UTC()}
	if s.Goal != "" {
		out.Rubric = &Rubric{Title: s.Goal}
	}
	if s.Level > 0 {
		score := float64(s.Level)
		out.Result = &Result{Scale: scale, Level: steps[s.Level-1], Score: &score}
	}
	if s.Remark != "" {
		out.Feedback = &Text{"markdown", s.Remark}
	}
	return out
}

func (o *outgoing) importedAssessment(ctx context.Context, s *portfolio.Assessment) (*Assessment, error) {
	k, err := o.v.KeptAs(ctx, "assessment", s.ID)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, fmt.Errorf("assessment %s came in a bundle and its source is not kept", s.ID)
	}
	out := new(Assessment)
	if err := json.Unmarshal(k.Raw, out); err != nil {
		return nil, err
	}
	out.ID = urn(o.v.ObjectID("assessment", s.ID, s.Origin))
	out.About = slices.DeleteFunc(slices.Clone(out.About), func(l Link) bool { return !o.in[l.ID] })
	if out.About == nil {
		out.About = []Link{}
	}
	out.Visibility, out.Credential = nil, ""
	switch kept, err := o.keptCredential(ctx, s.ID); {
	case err != nil:
		return nil, err
	case kept != nil:
		out.Credential = credentialPath(out.ID)
		o.toSign[out.ID] = toSign{id: s.ID, kept: true}
	}
	out.Origin = &Origin{Instance: s.Origin.Source, School: s.Origin.School}
	o.want(out.Assessor, s.Origin)
	out.Extensions, err = moveUnknown(out.Unknown, out.Extensions)
	out.Unknown = nil
	return out, err
}

// pseudonym is the id of somebody of this school in this portfolio's bundles:
// the same in each, and in no other portfolio's.
func (o *outgoing) pseudonym(person string) string {
	return urn(portfolio.DeriveID("person", o.self, person))
}
