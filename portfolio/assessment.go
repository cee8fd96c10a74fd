package portfolio

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxRemark is the longest remark of an assessment, in characters.
const MaxRemark = 10_000

// Assessment is a teacher's judgement of a work: a rubric level and a remark.
// A draft is its author's own; what was published is never changed.
type Assessment struct {
	Head
	Student     string    `json:"student"`
	Work        string    `json:"work,omitempty"`
	Author      string    `json:"author"`
	Goal        string    `json:"goal,omitempty"`  // what it is about: "taal: opbouw"
	Level       int       `json:"level,omitempty"` // 1 begin, 2 bijna, 3 behaald, 4 ruim; 0 none
	Remark      string    `json:"remark,omitempty"`
	Draft       bool      `json:"draft,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	PublishedAt time.Time `json:"published_at,omitzero"`
	Origin      *Origin   `json:"origin,omitempty"`
	Proof       *Proof    `json:"proof,omitempty"` // of one that came from elsewhere
}

func (s *Assessment) item() *Item {
	return &Item{ID: s.ID, Kind: ItemAssessment, Author: s.Author, Draft: s.Draft}
}

func (s *Assessment) keys() map[string]string {
	k := map[string]string{"about": s.Student + "/" + stamp(s.CreatedAt)}
	if s.Work != "" {
		k["party"] = s.Work
	}
	return k
}

// Assessed is an assessment as one reader gets it.
type Assessed struct {
	*Assessment
	Decision   Decision
	AuthorName string
	WorkTitle  string // "" where the reader may not open the work
	Signer     string // of one that came from elsewhere: one of the Signer constants
	SignerName string // of a known school
}

// NewAssessment is what a teacher fills in.
type NewAssessment struct {
	Goal   string
	Level  int
	Remark string
}

// Assess writes a draft on a work the actor may open by duty. A work has one
// draft of an author at a time, and says the same thing once: what is there
// already comes back with an error of kind Exists. Error kinds: NotFound,
// Forbidden, Invalid, Exists.
func (l *Library) Assess(ctx context.Context, a Actor, work string, n NewAssessment) (*Assessment, error) {
	w, _, err := l.openWork(ctx, a, work)
	if err != nil {
		return nil, err
	}
	f, err := l.mayTo(ctx, a, ActAssess, w.Student)
	if err != nil {
		return nil, err
	}
	now := l.now().UTC()
	s := &Assessment{Head: Head{School: a.School}, Student: w.Student, Work: w.ID, Author: a.Person, Draft: true, CreatedAt: now}
	if err := s.fill(n, now); err != nil {
		return nil, err
	}
	mine, err := l.assessmentsBy(ctx, a, w.ID)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(mine, func(x *Assessment) bool { return x.Draft || x.Says(n) }); i >= 0 {
		return mine[i], E(Exists, "error.draft_exists")
	}
	// The count is in the id, so that a button pressed twice makes one draft.
	s.ID = DeriveID("assessment", w.ID, a.Person, strconv.Itoa(len(mine)))
	line := l.lineTold(a, f, Line{Act: "add", Item: s.ID, Kind: ItemAssessment})
	if err := createLogged(ctx, l, "assessment", s, s.keys(), line, nil); isKind(err, Exists) {
		there, err := load[Assessment](ctx, l, "assessment", a.School, s.ID)
		if err != nil {
			return nil, err
		}
		return there, E(Exists, "error.draft_exists")
	} else if err != nil {
		return nil, err
	}
	return s, nil
}

// Says tells whether an assessment says what was filled in.
func (s *Assessment) Says(n NewAssessment) bool {
	return s.Level == n.Level && s.Goal == strings.TrimSpace(n.Goal) && s.Remark == strings.TrimSpace(n.Remark)
}

// assessmentsBy lists the actor's own assessments of a work.
func (l *Library) assessmentsBy(ctx context.Context, a Actor, work string) ([]*Assessment, error) {
	all, err := list[Assessment](ctx, l, Query{School: a.School, Kind: "assessment", Index: "party", From: work, To: work + "\x01"})
	return slices.DeleteFunc(all, func(s *Assessment) bool { return s.Author != a.Person }), err
}

func (s *Assessment) fill(n NewAssessment, now time.Time) error {
	if n.Level < 0 || n.Level > 4 {
		return E(Invalid, "error.level")
	}
	s.Goal, s.Level, s.Remark = strings.TrimSpace(n.Goal), n.Level, strings.TrimSpace(n.Remark)
	if s.Level == 0 && s.Remark == "" {
		return E(Invalid, "error.empty_assessment")
	}
	s.UpdatedAt = now
	if err := limitText(s.Goal, "goal", MaxTitle); err != nil {
		return err
	}
	return limitText(s.Remark, "remark", MaxRemark)
}

// ChangeAssessment changes a draft of the actor's own over the revision seen.
// Error kinds: NotFound, Conflict, Invalid; Forbidden once it is published.
func (l *Library) ChangeAssessment(ctx context.Context, a Actor, id string, rev int64, n NewAssessment) (*Assessment, error) {
	return l.saveDraft(ctx, a, id, rev, "change", func(s *Assessment) error { return s.fill(n, l.now().UTC()) })
}

// PublishAssessment shows a draft to the student and to all whom the rule
// lets. Error kinds as for ChangeAssessment.
func (l *Library) PublishAssessment(ctx context.Context, a Actor, id string, rev int64) (*Assessment, error) {
	return l.saveDraft(ctx, a, id, rev, "publish", func(s *Assessment) error {
		s.Draft, s.PublishedAt = false, l.now().UTC()
		return nil
	})
}

func (l *Library) saveDraft(ctx context.Context, a Actor, id string, rev int64, act string, change func(*Assessment) error) (*Assessment, error) {
	s, err := load[Assessment](ctx, l, "assessment", a.School, id)
	if err != nil {
		return nil, err
	}
	f, _, err := l.facts(ctx, a, s.Student)
	if err != nil {
		return nil, err
	}
	if !Inspect(a.Person, f, s.item(), l.now()).Open {
		return nil, E(NotFound, "error.not_found")
	}
	if s.Author != a.Person || !s.Draft || !May(a, ActAssess, f, l.now()) {
		return nil, E(Forbidden, "error.published")
	}
	if s.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	if err := change(s); err != nil {
		return nil, err
	}
	line := l.lineTold(a, f, Line{Act: act, Item: s.ID, Kind: ItemAssessment})
	if err := replaceLogged(ctx, l, "assessment", s, s.keys(), line, nil); err != nil {
		return nil, err
	}
	if !s.Draft {
		l.Changed(Change{School: s.School, What: "assessment", ID: s.ID, Persons: []string{s.Student}})
	}
	return s, nil
}

// MayAssess tells whether the actor may assess a student's work.
func (l *Library) MayAssess(ctx context.Context, a Actor, student string) (bool, error) {
	_, err := l.mayTo(ctx, a, ActAssess, student)
	if isKind(err, NotFound) || isKind(err, Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// Assessment opens one assessment. Error kind: NotFound, also when the rule
// says no.
func (l *Library) Assessment(ctx context.Context, a Actor, id string) (*Assessed, error) {
	s, f, d, err := l.openAssessment(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return l.assessed(ctx, a, f, s, d, new(lazyTrust))
}

func (l *Library) openAssessment(ctx context.Context, a Actor, id string) (*Assessment, *Facts, Decision, error) {
	s, err := load[Assessment](ctx, l, "assessment", a.School, id)
	if err != nil {
		return nil, nil, Decision{}, err
	}
	f, _, err := l.facts(ctx, a, s.Student)
	if err != nil {
		return nil, nil, Decision{}, err
	}
	d := Inspect(a.Person, f, s.item(), l.now())
	if !d.Open {
		return nil, nil, d, E(NotFound, "error.not_found")
	}
	return s, f, d, nil
}

// Assessments lists what the actor may see of a student's assessments, newest
// first; of one work when work is not "". Each opening leaves an audit line.
// A stranger gets NotFound.
func (l *Library) Assessments(ctx context.Context, a Actor, student, work string) ([]*Assessed, error) {
	return l.assessments(ctx, a, student, math.MaxInt, func(s *Assessment) bool { return work == "" || s.Work == work })
}

// LatestAssessments lists the newest of a student's published assessments that
// the actor may see, as Assessments does.
func (l *Library) LatestAssessments(ctx context.Context, a Actor, student string, limit int) ([]*Assessed, error) {
	return l.assessments(ctx, a, student, limit, func(s *Assessment) bool { return !s.Draft })
}

func (l *Library) assessments(ctx context.Context, a Actor, student string, limit int, want func(*Assessment) bool) ([]*Assessed, error) {
	f, _, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	if Stand(a.Person, f, l.now()) == Stranger {
		return nil, E(NotFound, "error.not_found")
	}
	q := Query{School: a.School, Kind: "assessment", Index: "about", Desc: true}.Prefix(student + "/")
	all, err := list[Assessment](ctx, l, q)
	if err != nil {
		return nil, err
	}
	var out []*Assessed
	trust := new(lazyTrust)
	for _, s := range all {
		if len(out) == limit {
			break
		}
		if !want(s) {
			continue
		}
		d := Inspect(a.Person, f, s.item(), l.now())
		if !d.Open {
			continue
		}
		v, err := l.assessed(ctx, a, f, s, d, trust)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// assessed opens an assessment to a reader the rule allows.
func (l *Library) assessed(ctx context.Context, a Actor, f *Facts, s *Assessment, d Decision, trust *lazyTrust) (*Assessed, error) {
	if err := l.auditDecision(ctx, a, s.Student, s.item(), d); err != nil {
		return nil, err
	}
	v := &Assessed{Assessment: s, Decision: d}
	var err error
	if s.Origin != nil {
		t, err := trust.of(ctx, l, a.School)
		if err != nil {
			return nil, err
		}
		v.Signer, v.SignerName = t.Assessor(s.Proof)
	}
	if v.AuthorName, err = l.nameOf(ctx, a.School, s.Author, s.Origin); err != nil || s.Work == "" {
		return v, err
	}
	w, err := load[Work](ctx, l, "work", a.School, s.Work)
	if isKind(err, NotFound) {
		return v, nil
	}
	if err == nil && Inspect(a.Person, f, w.item(), l.now()).Open {
		v.WorkTitle = w.Title
	}
	return v, err
}

// nameOf is the name of who made something: of a person here, or the label
// that came with an import.
func (l *Library) nameOf(ctx context.Context, school, person string, o *Origin) (string, error) {
	if o != nil {
		return o.Author, nil
	}
	if person == school { // it happened by itself (HatSystem)
		s, err := l.SchoolByID(ctx, school)
		if err != nil {
			return "", err
		}
		return s.Name, nil
	}
	p, err := l.person(ctx, school, person)
	if isKind(err, NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return p.Says(), nil
}
