package portfolio

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Kinds of schools. It decides what must be done before a file goes to another
// school; "" is a school that has not said: then nothing is asked, and the
// bundle tells that nobody was.
const (
	SchoolPrimary   = "primary"   // the family is shown the file
	SchoolSecondary = "secondary" // and gives permission
	SchoolOther     = "other"     // as from a secondary school: what asks more
)

// SchoolKinds are all that a school can say.
var SchoolKinds = []string{SchoolPrimary, SchoolSecondary, SchoolOther}

// ShowsFile tells whether the family must have seen the file before it goes to
// another school.
func (s *School) ShowsFile() bool { return s.Kind != "" }

// NeedsPermission tells whether the family must also have given permission.
func (s *School) NeedsPermission() bool { return s.Kind == SchoolSecondary || s.Kind == SchoolOther }

// What somebody can say, in the words of OSO's code list 37.
const (
	SaysYes     = "ja"
	SaysNo      = "nee"
	SaysUnknown = "onbekend"
)

// MaxSaid is how long an objection or a remark can be.
const MaxSaid = 2000

// Saying is what one holder of the right to a file said after looking at it.
type Saying struct {
	By         string    `json:"by"`
	Hat        string    `json:"hat"`
	For        string    `json:"for"`   // the student, the holder of custody or the curator: By, or the institution By acts for
	Print      string    `json:"print"` // of the file that was seen
	At         time.Time `json:"at"`
	Agrees     string    `json:"agrees"` // with what is in the file
	Objection  string    `json:"objection,omitempty"`
	Remarks    string    `json:"remarks,omitempty"`
	Permission string    `json:"permission,omitempty"` // to hand it over; "" where that is not asked
}

func (s *Saying) same(o *Saying) bool {
	a, b := *s, *o
	a.At, b.At, a.By, b.By, a.Hat, b.Hat = time.Time{}, time.Time{}, "", "", "", ""
	return a == b
}

// Inspection is all that the family said about a student's file before it went
// to another school (OSO's inzage), oldest first. Nothing in it is changed or
// taken out; what counts is decided from it when it is read: the last word of
// each who has the right to the file then. There is one for a student.
type Inspection struct {
	Head
	Student string   `json:"student"`
	Said    []Saying `json:"said"`
}

// last is what stands of a holder.
func (i *Inspection) last(holder string) *Saying {
	for n := len(i.Said) - 1; n >= 0; n-- {
		if i.Said[n].For == holder {
			return &i.Said[n]
		}
	}
	return nil
}

// refusedBy is the first of some holders who said no to handing over, or "".
func (i *Inspection) refusedBy(holders []string) string {
	for _, h := range holders {
		if s := i.last(h); s != nil && s.Permission == SaysNo {
			return h
		}
	}
	return ""
}

func (l *Library) inspection(ctx context.Context, school, student string) (*Inspection, error) {
	id := DeriveID("inspection", school, student)
	i, err := load[Inspection](ctx, l, "inspection", school, id)
	if isKind(err, NotFound) {
		return &Inspection{Head: Head{School: school, ID: id}, Student: student}, nil
	}
	return i, err
}

// Readiness is whether somebody may hand a student's file to another school
// now, and if not, why: a key of the catalogue under "error.".
type Readiness struct {
	Ready bool
	Why   string
	Name  string // of who said no
}

// Err is nil when it may go. Error kind: Conflict.
func (r Readiness) Err() error {
	if r.Ready {
		return nil
	}
	return E(Conflict, r.Why, "Name", r.Name)
}

// ShownFile is a student's file as it would go to another school with the
// actor, and what the family said about it.
type ShownFile struct {
	Readiness
	Student     *Person
	School      *School
	Contents    Contents
	Works       []*Work
	Assessments []*Assessment
	Print       string       // names exactly this; what is said about it names it again
	Mine        *Saying      // the actor's last word, or nil
	Changed     bool         // the file is another one than Mine is about
	Family      []FileAnswer // of each who has the right to the file, the actor's own first
	History     []FileAnswer // all that was said by who has that right now, newest first
}

// ShowFile shows the file to who may have it handed over: from 16 the student,
// before that who holds custody, each for themselves. Error kinds: NotFound,
// Forbidden, Conflict (a bundle is coming in).
func (l *Library) ShowFile(ctx context.Context, a Actor, student string) (*ShownFile, error) {
	v, err := l.Leave(ctx, a, student)
	if err != nil {
		return nil, err
	}
	s := &ShownFile{Student: v.Student, School: v.School}
	for w, err := range v.Works(ctx) {
		if err != nil {
			return nil, err
		}
		s.Works = append(s.Works, w)
	}
	for x, err := range v.Assessments(ctx) {
		if err != nil {
			return nil, err
		}
		s.Assessments = append(s.Assessments, x)
	}
	s.Contents.Omitted, s.Print = v.omitted, v.print()
	i, err := l.inspection(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	if err := l.addFamily(ctx, a, v.facts, i, s); err != nil {
		return nil, err
	}
	s.Readiness, err = l.readiness(ctx, v, i, s.Print)
	return s, err
}

// TransferReady tells whether the actor may have a student's file handed to
// another school as it is now. Making a transfer bundle asks it; what was made
// is asked about by MayHandOver. Error kinds: NotFound, Forbidden, Conflict.
func (l *Library) TransferReady(ctx context.Context, a Actor, student string) (Readiness, error) {
	if _, err := l.mayTo(ctx, a, ActBundle, student); err != nil {
		return Readiness{}, err
	}
	s, err := l.SchoolByID(ctx, a.School)
	if err != nil || !s.ShowsFile() {
		return Readiness{Ready: err == nil}, err
	}
	v, err := l.Leave(ctx, a, student)
	if err != nil {
		return Readiness{}, err
	}
	if _, err := v.Count(ctx); err != nil {
		return Readiness{}, err
	}
	i, err := l.inspection(ctx, a.School, student)
	if err != nil {
		return Readiness{}, err
	}
	return l.readiness(ctx, v, i, v.print())
}

// readiness decides for whom a portfolio leaves. print is of what would go, or
// "" to leave out whether that was seen.
func (l *Library) readiness(ctx context.Context, v *Leaving, i *Inspection, print string) (Readiness, error) {
	no := func(why string) (Readiness, error) { return Readiness{Why: why}, nil }
	if !v.School.ShowsFile() {
		return Readiness{Ready: true}, nil
	}
	mine := i.last(speaksOnFile(v.actor.Person, v.facts, l.now()))
	switch {
	case print != "" && mine == nil:
		return no("error.transfer.look")
	case print != "" && mine.Print != print:
		return no("error.transfer.changed")
	case !v.School.NeedsPermission():
		return Readiness{Ready: true}, nil
	}
	if by := i.refusedBy(holdersOfFile(v.facts, l.now())); by != "" {
		name, err := l.calledHere(ctx, v.School.ID, by, map[string]string{})
		return Readiness{Why: "error.transfer.refused", Name: name}, err
	}
	if mine == nil || mine.Permission != SaysYes {
		return no("error.transfer.permission")
	}
	return Readiness{Ready: true}, nil
}

// MayHandOver tells whether a transfer bundle that was made may still be handed
// over by the actor: where permission is needed it must stand, of who has the
// right to the file now. What is in it was seen when it was made. Fetching it
// and the codes of it ask this too. Error kinds: NotFound, Forbidden, Conflict.
func (l *Library) MayHandOver(ctx context.Context, a Actor, b *Bundle) error {
	f, err := l.mayTo(ctx, a, ActBundle, b.Student)
	if err != nil {
		return err
	}
	return l.permits(ctx, a, f, b)
}

// permits refuses a transfer for which permission does not stand. Error kind:
// Conflict.
func (l *Library) permits(ctx context.Context, a Actor, f *Facts, b *Bundle) error {
	if b.Kind != BundleTransfer {
		return nil
	}
	s, err := l.SchoolByID(ctx, a.School)
	if err != nil || !s.NeedsPermission() {
		return err
	}
	i, err := l.inspection(ctx, a.School, b.Student)
	if err != nil {
		return err
	}
	r, err := l.readiness(ctx, &Leaving{School: s, actor: a, facts: f}, i, "")
	if err != nil {
		return err
	}
	return r.Err()
}

// SayOfFile records what the actor says after looking at the file that Print
// names, for the holder of custody that the actor is or acts for. The others
// who have the right to the file are told first that it is there to look at:
// what stops half-way told them too early and never too late. To say the same
// again changes nothing. Error kinds: NotFound, Forbidden, Invalid; Conflict,
// when the file is another one by now.
func (l *Library) SayOfFile(ctx context.Context, a Actor, student string, said Saying) error {
	v, err := l.Leave(ctx, a, student)
	if err != nil {
		return err
	}
	said.Objection, said.Remarks = strings.TrimSpace(said.Objection), strings.TrimSpace(said.Remarks)
	if err := checkSaying(&said, v.School.NeedsPermission()); err != nil {
		return err
	}
	if _, err := v.Count(ctx); err != nil {
		return err
	}
	if said.Print != v.print() {
		return E(Conflict, "error.transfer.changed")
	}
	now := l.now()
	said.By, said.Hat, said.At, said.For = a.Person, a.Hat, now.UTC(), speaksOnFile(a.Person, v.facts, now)
	if err := l.tellOfFile(ctx, a, v.facts); err != nil {
		return err
	}
	for range 20 {
		i, err := l.inspection(ctx, a.School, student)
		if err != nil {
			return err
		}
		if last := i.last(said.For); last != nil && last.same(&said) {
			return nil
		}
		i.Said = append(i.Said, said)
		line, keys := lineOf(a, student, Line{Act: "inspection", Item: i.ID}), map[string]string{"about": student}
		if i.Rev == 0 {
			err = createLogged(ctx, l, "inspection", i, keys, line, nil)
		} else {
			err = replaceLogged(ctx, l, "inspection", i, keys, line, nil)
		}
		if !isKind(err, Conflict) && !isKind(err, Exists) { // else another answered this instant
			return err
		}
	}
	return E(Conflict, "error.conflict")
}

// checkSaying checks what somebody says: a reason belongs to a no, and
// permission is given or refused where it is asked, and nowhere else.
func checkSaying(s *Saying, permission bool) error {
	switch {
	case !slices.Contains([]string{SaysYes, SaysNo, SaysUnknown}, s.Agrees):
		return E(Invalid, "error.choice", "Field", "agrees")
	case s.Agrees == SaysNo && s.Objection == "":
		return E(Invalid, "error.empty", "Field", "objection")
	case s.Agrees != SaysNo && s.Objection != "":
		return E(Invalid, "error.objection", "Field", "objection")
	case permission && s.Permission != SaysYes && s.Permission != SaysNo, !permission && s.Permission != "":
		return E(Invalid, "error.choice", "Field", "permission")
	}
	if err := limitText(s.Objection, "objection", MaxSaid); err != nil {
		return err
	}
	return limitText(s.Remarks, "remarks", MaxSaid)
}

// tellOfFile tells the others who have the right to a file that it is there to
// look at, once a day.
func (l *Library) tellOfFile(ctx context.Context, a Actor, f *Facts) error {
	for _, id := range whoHaveFile(f, l.now()) {
		p, err := l.person(ctx, a.School, id)
		if isKind(err, NotFound) || id == a.Person {
			continue // an institution
		}
		if err != nil {
			return err
		}
		n := Notice{Person: id, Hat: HatGuardian, What: "file_shown", Student: f.Student.ID, Party: a.Person, On: DateOf(l.now())}
		if id == f.Student.ID {
			n.Hat = HatStudent
		}
		if !p.Wears(n.Hat) {
			continue
		}
		if err := l.notify(ctx, a.School, n); err != nil {
			return err
		}
	}
	return nil
}
