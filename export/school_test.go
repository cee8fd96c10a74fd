package export_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"kaft/app/localstore"
	"kaft/export"
	"kaft/portfolio"
)

// school is a school on the real engines, with one student of whom both
// parents have, or had, custody.
type school struct {
	t                     testing.TB
	dir                   string
	store                 portfolio.Store
	files                 portfolio.Files
	lib                   *portfolio.Library
	clock                 *clock
	admin, second         portfolio.Actor // the second administrator confirms
	student               portfolio.Actor
	mother, father        portfolio.Actor // father: a legal parent without custody
	teacher               portfolio.Actor
	friend                portfolio.Actor // a classmate
	class                 *portfolio.Class
	friendName, childName string
}

// clock ticks a second at each look, so that nothing has the same time.
type clock struct {
	mu   sync.Mutex
	now  time.Time
	real bool // it goes as fast as time does: for benchmarks, in which progress is stored not too often
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.real {
		return c.now.Add(time.Since(began))
	}
	c.now = c.now.Add(time.Second)
	return c.now
}

var began = time.Now()

func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// detect is an Intake that knows types by their content and keeps bytes as
// they are, as the real one does with what has no position in it.
type detect struct{}

func (detect) Admit(_ string, r io.Reader) (string, io.Reader, error) {
	head := make([]byte, 3072)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", nil, err
	}
	return mimetype.Detect(head[:n]).String(), io.MultiReader(bytes.NewReader(head[:n]), r), nil
}

func (detect) Thumb(string, portfolio.BlobReader) []byte { return nil }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// opened opens a data folder, wrapping its engines.
func opened(t testing.TB, dir string) *school {
	t.Helper()
	store, err := localstore.Open(dir)
	ok(t, err)
	t.Cleanup(func() { store.Close() })
	files, err := localstore.OpenFiles(dir)
	ok(t, err)
	t.Cleanup(func() { files.Close() })
	s := &school{t: t, dir: dir, store: store, files: files, clock: &clock{now: start}}
	s.lib = portfolio.NewLibrary(store, files, detect{}, s.clock.Now)
	return s
}

// empty is a school with an administrator and nobody else.
func empty(t testing.TB, name string) *school {
	t.Helper()
	s := opened(t, t.TempDir())
	ctx := context.Background()
	sc, admin, err := s.lib.FoundSchool(ctx, portfolio.School{Name: name, BRIN: "00YY00"}, portfolio.Person{Name: portfolio.Name{Given: "Ada"}}, "ada@school.example", "hash")
	ok(t, err)
	s.admin = portfolio.Actor{School: sc.ID, Person: admin.ID, Hat: portfolio.HatAdmin, Address: "192.0.2.1"}
	s.second = s.add(portfolio.Person{Name: portfolio.Name{Given: "Bo"}, Hats: []string{portfolio.HatAdmin}})
	return s
}

// full is a school with people; birth is the student's.
func full(t testing.TB, birth string) *school {
	t.Helper()
	s := empty(t, "De Linde")
	ctx := context.Background()
	b, err := portfolio.ParseBirth(birth)
	ok(t, err)
	s.childName, s.friendName = "Daan", "Zwaluwstaartje"
	s.friend = s.add(portfolio.Person{Name: portfolio.Name{Given: s.friendName, Family: "Vogelzang"}, Hats: []string{portfolio.HatStudent}, Birth: b})
	s.mother = s.add(portfolio.Person{Name: portfolio.Name{Given: "Samira", Family: "Berg"}, Hats: []string{portfolio.HatGuardian}})
	s.father = s.add(portfolio.Person{Name: portfolio.Name{Given: "Joost", Family: "Berg"}, Hats: []string{portfolio.HatGuardian}})
	s.teacher = s.add(portfolio.Person{Name: portfolio.Name{Given: "Fatima", Family: "Yıldız"}, Called: "juf Fatima", Hats: []string{portfolio.HatStaff}})
	s.class, err = s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: "groep 7b", Year: "2026/2027", Level: "groep 7", From: 20260801, Until: 20270801})
	ok(t, err)
	s.record(portfolio.Fact{Type: portfolio.FactEnrolment, About: s.friend.Person, Party: s.class.ID, From: 20260801})
	s.record(portfolio.Fact{Type: portfolio.FactDuty, About: s.class.ID, Party: s.teacher.Person, Kind: portfolio.DutyTeacher, From: 20260801})
	s.enrol(b)
	return s
}

// enrol makes another student, who from then on is the student.
func (s *school) enrol(birth portfolio.Birth) {
	s.t.Helper()
	s.student = s.add(portfolio.Person{Name: portfolio.Name{Given: "Daniël", Preferred: s.childName, Prefix: "van de", Family: "Berg"}, Hats: []string{portfolio.HatStudent}, Birth: birth})
	until := birth.Earliest.AddYears(18) // a fact of custody does not reach beyond it
	if until > portfolio.DateOf(s.clock.Now()) {
		until = 0
	}
	for _, f := range []portfolio.Fact{
		{Type: portfolio.FactEnrolment, About: s.student.Person, Party: s.class.ID, From: 20260801},
		{Type: portfolio.FactRelation, About: s.student.Person, Party: s.mother.Person, Kind: portfolio.RelationLegalParent, From: birth.Earliest},
		{Type: portfolio.FactCustody, About: s.student.Person, Party: s.mother.Person, From: birth.Earliest, Until: until, Verified: birth.Earliest},
		{Type: portfolio.FactRelation, About: s.student.Person, Party: s.father.Person, Kind: portfolio.RelationLegalParent, From: birth.Earliest},
	} {
		s.record(f)
	}
}

// record records a fact, and has it confirmed where that is needed.
func (s *school) record(f portfolio.Fact) {
	s.t.Helper()
	f.Evidence = "stuk 7"
	made, err := s.lib.RecordFact(context.Background(), s.admin, f)
	ok(s.t, err)
	if made.Waits {
		_, err = s.lib.ConfirmFact(context.Background(), s.second, made.ID)
		ok(s.t, err)
	}
}

func (s *school) add(p portfolio.Person) portfolio.Actor {
	s.t.Helper()
	q, err := s.lib.AddPerson(context.Background(), s.admin, p)
	ok(s.t, err)
	if len(q.Asked) > 0 {
		_, err = s.lib.Vouch(context.Background(), s.admin.School, q.ID)
		ok(s.t, err)
	}
	return portfolio.Actor{School: s.admin.School, Person: q.ID, Hat: p.Hats[0], Address: "192.0.2.7"}
}

// upload is a finished upload of the student's.
func (s *school) upload(name string, content []byte) string {
	s.t.Helper()
	u, err := s.lib.TakeUpload(context.Background(), s.student, name, bytes.NewReader(content))
	ok(s.t, err)
	return u.ID
}

func (s *school) work(n portfolio.NewWork) *portfolio.Work {
	s.t.Helper()
	w, err := s.lib.AddWork(context.Background(), s.student, n)
	ok(s.t, err)
	return w
}

// assess publishes an assessment of a work that staff may see.
func (s *school) assess(work string, n portfolio.NewAssessment) *portfolio.Assessment {
	s.t.Helper()
	a, err := s.lib.Assess(context.Background(), s.teacher, work, n)
	ok(s.t, err)
	a, err = s.lib.PublishAssessment(context.Background(), s.teacher, a.ID, a.Rev)
	ok(s.t, err)
	return a
}

// bundle makes a bundle the way the app does, and gives its bytes.
func (s *school) bundle(a portfolio.Actor, student string) []byte {
	s.t.Helper()
	ctx := context.Background()
	b, err := s.lib.StartBundle(ctx, a, student, portfolio.Wish{Lang: "nl"})
	ok(s.t, err)
	ok(s.t, s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{Instance: "https://linde.example", Version: "test"}.Write))
	_, r, err := s.lib.OpenBundle(ctx, a, b.ID, false)
	ok(s.t, err)
	defer r.Close()
	raw, err := io.ReadAll(r)
	ok(s.t, err)
	ok(s.t, s.lib.DropBundle(ctx, a, b.ID))
	return raw
}

// take imports a bundle.
func (s *school) take(raw []byte, into string) *portfolio.Import {
	s.t.Helper()
	imp, err := export.Import(context.Background(), s.lib, s.admin, bytes.NewReader(raw), int64(len(raw)), into, quiet)
	ok(s.t, err)
	return imp
}

// as is somebody in the school as an actor.
func (s *school) as(person, hat string) portfolio.Actor {
	return portfolio.Actor{School: s.admin.School, Person: person, Hat: hat, Address: "192.0.2.7"}
}

func quiet(portfolio.Headway) error { return nil }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that an error is a refusal with a sentence.
func refused(t testing.TB, err error, want portfolio.ErrKind, msg string) {
	t.Helper()
	var e *portfolio.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a portfolio.Error %s", err, msg)
	}
	if e.Kind != want || e.Msg != msg {
		t.Fatalf("got %s %s (%v), want %s %s", e.Kind, e.Msg, e.Err, want, msg)
	}
}

// TestMain lets the property tests run some ten times, and not a hundred: each
// time writes, and flushes, three schools.
func TestMain(m *testing.M) {
	flag.Set("rapid.checks", "12")
	flag.Parse()
	os.Exit(m.Run())
}

func sum(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
